/** A list of all entities of a resource that an instance has. */
export interface List {
  readonly path: string
  readonly query: Readonly<Record<string, string>>
  /** How one asks for what comes next: after an entity, or after so many. */
  readonly paging: 'cursor' | 'offset'
}

/** New entities come last, so that they move none of those that are still to be read. */
const OLDEST_FIRST = { order_by: '+created_at' }

/**
 * The lists that Clerk's Backend API has, by resource. It has none of subscriptions, payment attempts, sessions, emails and
 * SMS messages.
 */
const LISTS: Readonly<Record<string, List>> = {
  user: { path: '/users', query: OLDEST_FIRST, paging: 'cursor' },
  organization: {
    path: '/organizations',
    query: { ...OLDEST_FIRST, include_members_count: 'true' },
    paging: 'offset',
  },
  organization_membership: { path: '/organization_memberships', query: OLDEST_FIRST, paging: 'offset' },
  organization_invitation: { path: '/organization_invitations', query: OLDEST_FIRST, paging: 'offset' },
  organization_domain: { path: '/organization_domains', query: OLDEST_FIRST, paging: 'offset' },
  role: { path: '/organization_roles', query: OLDEST_FIRST, paging: 'offset' },
  permission: { path: '/organization_permissions', query: OLDEST_FIRST, paging: 'offset' },
  waitlist_entry: { path: '/waitlist_entries', query: OLDEST_FIRST, paging: 'offset' },
  // Newest first, and in no other order; what comes meanwhile repeats what was read.
  subscription_item: { path: '/billing/subscription_items', query: { include_free: 'true' }, paging: 'offset' },
}

/** The list of a resource's entities, where Clerk has one. */
export const listOf = (resource: string): List | undefined => LISTS[resource]

export const LISTED_RESOURCES: readonly string[] = Object.keys(LISTS)
