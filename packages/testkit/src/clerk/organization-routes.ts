import { type Answer, found, notFound } from './answer.ts'
import type { Entry } from './collection.ts'
import type { ClerkInstance } from './instance.ts'
import { withOrganization } from './invitations.ts'
import { listAnswer, listFrom } from './list.ts'
import { pageOf } from './page.ts'
import { includes, isRefusal, listOf, readPage } from './query.ts'
import type { ClerkObject, Readable } from './resource.ts'

const BY_AGE = ['created_at']

export function listOrganizations(instance: ClerkInstance, query: URLSearchParams): Answer {
  const page = readPage(query, ['created_at', 'name'])
  if (isRefusal(page)) return page
  const isWanted = includes(listOf(query, 'organization_id'))
  const { objects, total } = pageOf(instance.organizations, page, ({ id }) => isWanted(id))
  return listAnswer({ objects: objects.map((organization) => withCount(instance, organization, query)), total })
}

/** By its id or its slug. */
export function getOrganization(instance: ClerkInstance, idOrSlug: string, query: URLSearchParams): Answer {
  const { organizations } = instance
  const organization = organizations.get(idOrSlug) ?? organizations.all().find(({ slug }) => slug === idOrSlug)
  return organization
    ? found(withCount(instance, organization, query))
    : notFound(`organization with id or slug ${idOrSlug}`)
}

/** Clerk counts the members only for who asks. */
function withCount(instance: ClerkInstance, organization: ClerkObject, query: URLSearchParams): ClerkObject {
  if (query.get('include_members_count') !== 'true') return organization
  const isMember = belongsTo(organization.id)
  return { ...organization, members_count: [...instance.memberships.entries.scan()].filter(isMember).length }
}

export const listMemberships = (instance: ClerkInstance, query: URLSearchParams): Answer =>
  listFrom(instance.memberships, query, { orders: BY_AGE })

export function listMembershipsOf(instance: ClerkInstance, organizationId: string, query: URLSearchParams): Answer {
  const isWanted = includes(listOf(query, 'user_id'))
  const isMember = belongsTo(organizationId)
  return ofOrganization(instance, organizationId, () =>
    listFrom(instance.memberships, query, {
      orders: BY_AGE,
      accepts: (entry) => isMember(entry) && isWanted(entry.links.userId),
    }),
  )
}

const INVITATION_ORDERS = ['created_at', 'email_address']

/** Each beside the organization into which it invites, unlike in the list of one organization. */
export function listInvitations(instance: ClerkInstance, query: URLSearchParams): Answer {
  const beside = (invitation: ClerkObject) =>
    withOrganization(invitation, instance.organizations.get(invitation.organization_id as string)!)
  return listFrom(instance.invitations, query, {
    orders: INVITATION_ORDERS,
    accepts: invitationFilter(instance.invitations, query),
    show: beside,
  })
}

export function listInvitationsOf(instance: ClerkInstance, organizationId: string, query: URLSearchParams): Answer {
  const isWanted = invitationFilter(instance.invitations, query)
  const isOfIt = belongsTo(organizationId)
  return ofOrganization(instance, organizationId, () =>
    listFrom(instance.invitations, query, {
      orders: INVITATION_ORDERS,
      accepts: (entry) => isOfIt(entry) && isWanted(entry),
    }),
  )
}

function invitationFilter<Links>(
  invitations: Readable<Links>,
  query: URLSearchParams,
): (entry: Entry<Links>) => boolean {
  const isWantedStatus = includes(listOf(query, 'status'))
  const part = (query.get('query') ?? '').toLowerCase()
  return (entry) => {
    const { status, email_address } = invitations.render(entry)
    return isWantedStatus(status as string) && (email_address as string).toLowerCase().includes(part)
  }
}

export function getInvitation(instance: ClerkInstance, organizationId: string, id: string): Answer {
  const invitation = instance.invitations.get(id)
  return invitation?.organization_id === organizationId
    ? found(invitation)
    : notFound(`organization_invitation with id ${id}`)
}

export function listDomains(instance: ClerkInstance, query: URLSearchParams): Answer {
  const organizationId = query.get('organization_id')
  const part = query.get('query')?.toLowerCase() ?? ''
  return listFrom(instance.domains, query, {
    orders: ['created_at', 'name'],
    accepts: (entry) =>
      (organizationId === null || entry.links.organizationId === organizationId) &&
      (part.startsWith('org_')
        ? entry.links.organizationId === query.get('query')
        : (instance.domains.render(entry).name as string).toLowerCase().includes(part)),
  })
}

export const listDomainsOf = (instance: ClerkInstance, organizationId: string, query: URLSearchParams): Answer =>
  ofOrganization(instance, organizationId, () =>
    listFrom(instance.domains, query, { orders: [], accepts: belongsTo(organizationId) }),
  )

function ofOrganization(instance: ClerkInstance, id: string, list: () => Answer): Answer {
  return instance.organizations.entries.get(id) ? list() : notFound(`organization with id ${id}`)
}

const belongsTo =
  (organizationId: string) =>
  ({ links }: Entry<{ readonly organizationId: string }>): boolean =>
    links.organizationId === organizationId
