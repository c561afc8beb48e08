import { type Answer, found, notFound } from './answer.ts'
import type { ClerkInstance } from './instance.ts'
import { listFrom, matching } from './list.ts'
import * as organization from './organization-routes.ts'
import { includes, listOf } from './query.ts'
import type { Readable } from './resource.ts'
import { isFree } from './subscription-items.ts'
import * as user from './user-routes.ts'

type Route = (instance: ClerkInstance, query: URLSearchParams, ids: readonly string[]) => Answer

/** By the path, in which `*` stands for an id. Where two fit, the former does. */
const ROUTES: Readonly<Record<string, Route>> = {
  '/v1/instance': ({ id, environment }) =>
    found({ object: 'instance', id, environment_type: environment, allowed_origins: null, workspace_id: null }),

  '/v1/users': user.listUsers,
  '/v1/users/count': user.countUsers,
  '/v1/users/*': (instance, _query, [id]) => user.getUser(instance, id!),

  '/v1/organizations': organization.listOrganizations,
  '/v1/organizations/*': (instance, query, [id]) => organization.getOrganization(instance, id!, query),
  '/v1/organizations/*/memberships': (instance, query, [id]) => organization.listMembershipsOf(instance, id!, query),
  '/v1/organizations/*/invitations': (instance, query, [id]) => organization.listInvitationsOf(instance, id!, query),
  '/v1/organizations/*/invitations/*': (instance, _query, [id, invitationId]) =>
    organization.getInvitation(instance, id!, invitationId!),
  '/v1/organizations/*/domains': (instance, query, [id]) => organization.listDomainsOf(instance, id!, query),
  '/v1/organization_memberships': organization.listMemberships,
  '/v1/organization_invitations': organization.listInvitations,
  '/v1/organization_domains': organization.listDomains,

  '/v1/organization_roles': ({ roles }, query) => listNamed(roles, query),
  '/v1/organization_roles/*': ({ roles }, _query, [id]) => getOne(roles, id!, 'role'),
  '/v1/organization_permissions': ({ permissions }, query) => listNamed(permissions, query),
  '/v1/organization_permissions/*': ({ permissions }, _query, [id]) => getOne(permissions, id!, 'permission'),

  '/v1/waitlist_entries': listWaitlist,
  '/v1/billing/subscription_items': listSubscriptionItems,
}

const patterns = Object.entries(ROUTES).map(([path, route]) => ({
  pattern: new RegExp(`^${path.replaceAll('*', '([^/]+)')}$`),
  route,
}))

export function answerTo(instance: ClerkInstance, { pathname, searchParams }: URL): Answer {
  for (const { pattern, route } of patterns) {
    const ids = pattern.exec(pathname)?.slice(1)
    if (ids) return route(instance, searchParams, ids.map(decodeURIComponent))
  }
  return notFound(`resource at ${pathname}`)
}

function listNamed<Links>(resource: Readable<Links>, query: URLSearchParams): Answer {
  const accepts = matching(resource, query, ['name', 'key'])
  return listFrom(resource, query, { orders: ['created_at', 'name', 'key'], ...(accepts && { accepts }) })
}

function getOne(resource: Pick<Readable, 'get'>, id: string, what: string): Answer {
  const object = resource.get(id)
  return object ? found(object) : notFound(`${what} with id ${id}`)
}

function listWaitlist({ waitlist }: ClerkInstance, query: URLSearchParams): Answer {
  const isFound = matching(waitlist, query, ['email_address']) ?? (() => true)
  const isWantedStatus = includes(listOf(query, 'status'))
  return listFrom(waitlist, query, {
    orders: ['created_at', 'email_address'],
    accepts: (entry) => isFound(entry) && isWantedStatus(waitlist.render(entry).status as string),
  })
}

/** Newest first and in no other order; those that cost nothing only on demand. */
function listSubscriptionItems({ subscriptionItems }: ClerkInstance, query: URLSearchParams): Answer {
  const includesFree = query.get('include_free') === 'true'
  const isWantedStatus = includes(listOf(query, 'status'))
  return listFrom(subscriptionItems, query, {
    orders: [],
    accepts: (entry) => {
      const item = subscriptionItems.render(entry)
      return (includesFree || !isFree(item)) && isWantedStatus(item.status as string)
    },
  })
}
