import { createResource, type Kind, type Resource, type World } from './resource.ts'
import { IMAGE_URL } from './users.ts'

export interface OrganizationLinks {
  readonly createdBy: string | undefined
}

const organization: Kind<OrganizationLinks> = {
  event: 'organization',
  object: 'organization',
  idPrefix: 'org',
  defaults: ({ ordinal, links }) => ({
    name: `Organization ${ordinal}`,
    slug: `organization-${ordinal}`,
    image_url: IMAGE_URL,
    has_image: false,
    max_allowed_memberships: 5,
    admin_delete_enabled: true,
    public_metadata: {},
    private_metadata: {},
    ...(links.createdBy !== undefined && { created_by: links.createdBy }),
  }),
}

export const createOrganizations = (world: World): Resource<OrganizationLinks> => createResource(organization, world)
