import type { JsonObject } from '@rollcall/shared/json'
import { createDomains } from './domains.ts'
import { type ClerkEvent, createTell } from './events.ts'
import { createIdentifiers } from './identifiers.ts'
import { createInvitations, publicOrganizationData } from './invitations.ts'
import { createMemberships, type MembershipLinks } from './memberships.ts'
import { createOrganizations } from './organizations.ts'
import type { ClerkObject } from './resource.ts'
import { createPermissions, createRoles, type RoleLinks } from './roles.ts'
import { createSubscriptionItems, type SubscriptionItemLinks } from './subscription-items.ts'
import { createUsers } from './users.ts'
import { createWaitlist } from './waitlist.ts'

export type ClerkInstance = ReturnType<typeof createClerkInstance>

export interface ClerkInstanceOptions {
  /** In milliseconds since 1970. Must never go back. */
  readonly now: () => number
  readonly instanceId?: string
  readonly environment?: 'development' | 'production'
  /** The ids are made from it: the same calls make the same ids. */
  readonly seed?: number
  /** Called for each event, in order, before the change returns. */
  readonly emit?: (event: ClerkEvent) => void
}

/**
 * A Clerk in memory: what it holds, in the shapes of Clerk's Backend API, and the changes that can be made to it. Every
 * change is stamped with the clock's time and tells of itself by the event that Clerk would send; where Clerk sends none,
 * nor does it. `fields` are in the API's words, and stand in place of what an object has by default.
 */
export function createClerkInstance(options: ClerkInstanceOptions) {
  const { now, instanceId = 'ins_test', environment = 'development', seed, emit = () => {} } = options
  const world = { now, newId: createIdentifiers(seed), tell: createTell(instanceId, emit) }
  const users = createUsers(world)
  const organizations = createOrganizations(world)
  const memberships = createMemberships(world, { users, organizations })
  const invitations = createInvitations(world)
  const domains = createDomains(world, organizations)
  const permissions = createPermissions(world)
  const roles = createRoles(world, permissions)
  const waitlist = createWaitlist(world)
  const subscriptionItems = createSubscriptionItems(world, { users, organizations })

  const mustExist = (object: ClerkObject | undefined, what: string): ClerkObject => {
    if (!object) throw new Error(`The instance has no ${what}.`)
    return object
  }

  function createMembership(links: MembershipLinks, fields: JsonObject = {}): ClerkObject {
    mustExist(organizations.get(links.organizationId), `organization ${links.organizationId}`)
    mustExist(users.get(links.userId), `user ${links.userId}`)
    const isMember = memberships
      .ofUser(links.userId)
      .some((entry) => entry.links.organizationId === links.organizationId)
    if (isMember) throw new Error(`${links.userId} is a member of ${links.organizationId} already.`)
    return memberships.create(fields, links)
  }

  return {
    id: instanceId,
    environment,
    now,
    users,
    organizations,
    memberships,
    invitations,
    domains,
    permissions,
    roles,
    waitlist,
    subscriptionItems,

    createUser: (fields: JsonObject = {}) => users.create(fields, null),
    updateUser: (id: string, fields: JsonObject = {}) => users.update(id, { fields }),
    /** Ends their memberships, each of which tells of itself, and then tells of the user. */
    deleteUser(id: string) {
      mustExist(users.get(id), `user ${id}`)
      for (const membership of memberships.ofUser(id)) memberships.delete(membership.id)
      users.delete(id)
    },
    /**
     * Very many users, of whom no event tells. The last has been there since now, each before it a millisecond longer, but
     * none longer than who was there before.
     */
    seedUsers(count: number) {
      const [newest] = users.entries.scan({ newestFirst: true })
      const earliest = newest?.created_at ?? 0
      for (let i = 1; i <= count; i++) users.seed(Math.min(now(), Math.max(earliest, now() - count + i)), null)
    },

    createOrganization: (fields: JsonObject = {}, { createdBy }: { readonly createdBy?: string } = {}) =>
      organizations.create(fields, { createdBy }),
    updateOrganization: (id: string, fields: JsonObject = {}) => organizations.update(id, { fields }),
    /** Takes along all that belongs to it. Of that no event tells: Clerk promises none but the organization's own. */
    deleteOrganization(id: string) {
      mustExist(organizations.get(id), `organization ${id}`)
      for (const owned of [memberships, invitations, domains] as const) {
        for (const entry of [...owned.entries.scan()]) if (entry.links.organizationId === id) owned.withdraw(entry.id)
      }
      organizations.delete(id)
    },

    createMembership,
    updateMembership: (id: string, fields: JsonObject = {}) => memberships.update(id, { fields }),
    deleteMembership: (id: string) => memberships.delete(id),

    createInvitation(
      { organizationId, inviterId }: { readonly organizationId: string; readonly inviterId?: string },
      fields: JsonObject = {},
    ) {
      mustExist(organizations.get(organizationId), `organization ${organizationId}`)
      const inviter = inviterId === undefined ? undefined : mustExist(users.get(inviterId), `user ${inviterId}`)
      return invitations.create(fields, { organizationId, inviter })
    },
    /** Makes the user a member, and tells of both. */
    acceptInvitation(id: string, { userId }: { readonly userId: string }) {
      const { organization_id, role, role_name } = mustExist(invitations.get(id), `organization_invitation ${id}`)
      const organizationId = organization_id as string
      const organization = publicOrganizationData(organizations.get(organizationId)!)
      const type = 'organizationInvitation.accepted'
      const fields = { status: 'accepted', url: null }
      const accepted = invitations.update(id, {
        type,
        fields,
        extraData: { user_id: userId, data: { public_organization_data: organization } },
      })
      createMembership({ organizationId, userId }, { role, role_name })
      return accepted
    },
    revokeInvitation: (id: string) =>
      invitations.update(id, { type: 'organizationInvitation.revoked', fields: { status: 'revoked', url: null } }),

    createDomain({ organizationId }: { readonly organizationId: string }, fields: JsonObject = {}) {
      mustExist(organizations.get(organizationId), `organization ${organizationId}`)
      return domains.create(fields, { organizationId })
    },
    updateDomain: (id: string, fields: JsonObject = {}) => domains.update(id, { fields }),
    deleteDomain: (id: string) => domains.delete(id),

    createPermission: (fields: JsonObject = {}) => permissions.create(fields, null),
    updatePermission: (id: string, fields: JsonObject = {}) => permissions.update(id, { fields }),
    deletePermission: (id: string) => permissions.delete(id),

    createRole: (fields: JsonObject = {}, links: RoleLinks = { permissionIds: [] }) => roles.create(fields, links),
    updateRole: (id: string, fields: JsonObject = {}, links?: RoleLinks) =>
      roles.update(id, links ? { fields, links } : { fields }),
    deleteRole: (id: string) => roles.delete(id),

    createWaitlistEntry: (fields: JsonObject = {}) => waitlist.create(fields, null),
    updateWaitlistEntry: (id: string, fields: JsonObject = {}) => waitlist.update(id, { fields }),
    /** Without an event: Clerk has none for it. */
    deleteWaitlistEntry: (id: string) => void waitlist.withdraw(id),

    createSubscriptionItem: (links: Omit<SubscriptionItemLinks, 'instanceId'>, fields: JsonObject = {}) =>
      subscriptionItems.create(fields, { ...links, instanceId }),
    /** `type` is the event's, where the change is one that has its own, as `subscriptionItem.canceled`. */
    updateSubscriptionItem: (id: string, fields: JsonObject = {}, type = 'subscriptionItem.updated') =>
      subscriptionItems.update(id, { fields, type }),
  }
}
