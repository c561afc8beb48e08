import type { JsonObject } from '@rollcall/shared/json'
import { type ClerkObject, createResource, type Kind, type Resource, type World } from './resource.ts'
import { primaryAddressOf } from './users.ts'

export interface InvitationLinks {
  readonly organizationId: string
  readonly inviter: ClerkObject | undefined
}

/** As long as an invitation is open. */
const OPEN_MS = 30 * 86_400_000

const invitation: Kind<InvitationLinks> = {
  event: 'organizationInvitation',
  object: 'organization_invitation',
  idPrefix: 'orginv',
  defaults: ({ id, ordinal, created_at, links }) => ({
    email_address: `invited-${ordinal}@example.com`,
    role: 'org:member',
    role_name: 'Member',
    organization_id: links.organizationId,
    inviter_id: links.inviter?.id ?? null,
    public_inviter_data: links.inviter === undefined ? null : publicInviterData(links.inviter),
    status: 'pending',
    public_metadata: {},
    private_metadata: {},
    url: `https://accounts.example.com/invitations?ticket=${id}`,
    expires_at: created_at + OPEN_MS,
  }),
}

const publicInviterData = (user: ClerkObject): JsonObject => ({
  user_id: user.id,
  first_name: user.first_name,
  last_name: user.last_name,
  image_url: user.image_url,
  has_image: user.has_image,
  identifier: primaryAddressOf(user) ?? '',
})

export const createInvitations = (world: World): Resource<InvitationLinks> => createResource(invitation, world)

/** As the list of a whole instance shows an invitation: beside the organization into which it invites. */
export const withOrganization = (invitation: ClerkObject, organization: ClerkObject): ClerkObject => ({
  ...invitation,
  public_organization_data: publicOrganizationData(organization),
})

export const publicOrganizationData = (organization: ClerkObject): JsonObject => ({
  id: organization.id,
  name: organization.name,
  slug: organization.slug,
  image_url: organization.image_url,
  has_image: organization.has_image,
})
