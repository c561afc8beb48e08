import type { Json } from '@rollcall/shared/json'
import fc from 'fast-check'

/** An event of any resource, as a test thinks of it. */
export interface AnyEvent {
  readonly type: string
  readonly id: string
  /** The envelope's timestamp, in milliseconds. */
  readonly occurredAt: number
  readonly data: Readonly<Record<string, Json>>
}

/** The body that Clerk would send for it. */
export const bodyOf = ({ type, id, occurredAt, data }: AnyEvent): Json => ({
  object: 'event',
  type,
  timestamp: occurredAt,
  instance_id: 'ins_test',
  data: { id, ...data },
})

const EPOCH_MS = 1_764_000_000_000
const ORGANIZATIONS = ['org_a', 'org_b']
const USERS = ['user_a', 'user_b', 'user_c']

/** Few entities and few moments, so that events collide in every way; what belongs to whom changes, too. */
export const anyEventsOfSeveral: fc.Arbitrary<readonly AnyEvent[]> = fc.array(
  fc.oneof(
    entity('user', USERS, () => fc.record({ first_name: fc.constantFrom('Ada', 'Grace') })),
    entity('organization', ORGANIZATIONS, () => fc.record({ name: fc.constantFrom('Acme', 'Initech') })),
    entity('organizationMembership', ['orgmem_1', 'orgmem_2', 'orgmem_3'], membership),
    entity('organizationInvitation', ['orginv_1', 'orginv_2'], invitation, ['created', 'accepted', 'revoked']),
    entity('subscription', ['csub_1'], subscription, ['created', 'updated']),
  ),
  { minLength: 1, maxLength: 16 },
)

function entity(
  subject: string,
  ids: readonly string[],
  fields: () => fc.Arbitrary<Readonly<Record<string, Json>>>,
  verbs: readonly string[] = ['created', 'updated', 'deleted'],
): fc.Arbitrary<AnyEvent> {
  const moment = fc.integer({ min: EPOCH_MS, max: EPOCH_MS + 3 })
  return fc
    .tuple(fc.constantFrom(...verbs), fc.constantFrom(...ids), moment, fc.option(moment), fields())
    .map(([verb, id, occurredAt, updatedAt, data]) => ({
      type: `${subject}.${verb}`,
      id,
      occurredAt,
      data: { ...data, ...(updatedAt !== null && { updated_at: updatedAt }) },
    }))
}

function membership(): fc.Arbitrary<Readonly<Record<string, Json>>> {
  return fc
    .tuple(fc.constantFrom(...ORGANIZATIONS), fc.constantFrom(...USERS), fc.constantFrom('org:admin', 'org:member'))
    .map(([organization, user, role]) => membershipData(organization, user, role))
}

const membershipData = (organization: string, user: string, role: string): Readonly<Record<string, Json>> => ({
  organization: { id: organization },
  public_user_data: { user_id: user, identifier: `${user}@example.com` },
  role,
})

function invitation(): fc.Arbitrary<Readonly<Record<string, Json>>> {
  return fc
    .tuple(
      fc.constantFrom(...ORGANIZATIONS),
      fc.constantFrom(...USERS),
      fc.constantFrom(...USERS, null),
      fc.constantFrom('pending', 'accepted', 'revoked'),
    )
    .map(([organization_id, inviter_id, user_id, status]) => ({
      organization_id,
      inviter_id,
      user_id,
      status,
      email_address: 'somebody@example.com',
      public_inviter_data: { identifier: `${inviter_id}@example.com` },
    }))
}

function subscription(): fc.Arbitrary<Readonly<Record<string, Json>>> {
  return fc.constantFrom(...USERS).map((user) => ({
    status: 'active',
    payer_id: 'cpayer_1',
    payer: { id: 'cpayer_1', user_id: user, email: `${user}@example.com` },
  }))
}

/** What must be left in the end: whose row is deleted, by the history alone; of a live one, what it was last. */
export interface ExpectedRow {
  readonly id: string
  readonly deleted: boolean
  readonly role?: string | null
}

/** Users and organizations that come and go, with memberships between them, as it happened at Clerk. */
export interface Society {
  readonly events: readonly AnyEvent[]
  readonly users: readonly ExpectedRow[]
  readonly organizations: readonly ExpectedRow[]
  readonly memberships: readonly ExpectedRow[]
}

interface Fate {
  readonly isDeleted: boolean
  readonly isTold: boolean
}
const fate: fc.Arbitrary<Fate> = fc.record({ isDeleted: fc.boolean(), isTold: fc.boolean() })

/**
 * True histories. Each user may be in each organization; some memberships end by themselves. At the end some users and
 * organizations are deleted, and with them their memberships, of which Clerk tells, or does not. A membership's deletion
 * carries an `updated_at` that is days old, as on real bodies.
 */
export const society: fc.Arbitrary<Society> = fc
  .record({
    users: fc.array(fc.boolean(), { minLength: USERS.length, maxLength: USERS.length }),
    organizations: fc.array(fc.boolean(), { minLength: ORGANIZATIONS.length, maxLength: ORGANIZATIONS.length }),
    memberships: fc.array(fc.option(fate), {
      minLength: USERS.length * ORGANIZATIONS.length,
      maxLength: USERS.length * ORGANIZATIONS.length,
    }),
  })
  .map(tell)

function tell(plan: {
  readonly users: readonly boolean[]
  readonly organizations: readonly boolean[]
  readonly memberships: readonly (Fate | null)[]
}): Society {
  let now = EPOCH_MS
  const events: AnyEvent[] = []
  const tellOf = (type: string, id: string, data: AnyEvent['data']) => {
    now += 30
    events.push({ type, id, occurredAt: now + 10, data })
  }
  const happens = (type: string, id: string, data: AnyEvent['data']) => tellOf(type, id, { ...data, updated_at: now })
  for (const id of USERS) happens('user.created', id, { first_name: id })
  for (const id of ORGANIZATIONS) happens('organization.created', id, { name: id })

  const pairs = ORGANIZATIONS.flatMap((organization, o) => USERS.map((user, u) => ({ organization, user, o, u })))
  const members = pairs.flatMap((pair, i) => {
    const own = plan.memberships[i]
    return own ? [{ ...pair, ...own, id: `orgmem_${pair.organization}_${pair.user}` }] : []
  })
  for (const { id, organization, user } of members) {
    const data = (role: string) => membershipData(organization, user, role)
    happens('organizationMembership.created', id, data('org:member'))
    happens('organizationMembership.updated', id, data('org:admin'))
  }
  const joinedAt = now
  const lastData = (organization: string, user: string) => ({
    ...membershipData(organization, user, 'org:admin'),
    updated_at: joinedAt,
  })
  now += 5 * 24 * 60 * 60 * 1_000
  for (const { id, organization, user, isDeleted } of members) {
    if (isDeleted) tellOf('organizationMembership.deleted', id, lastData(organization, user))
  }
  const isGone = ({ o, u }: { o: number; u: number }) => plan.users[u]! || plan.organizations[o]!
  for (const [u, id] of USERS.entries()) if (plan.users[u]) tellOf('user.deleted', id, { deleted: true })
  for (const [o, id] of ORGANIZATIONS.entries()) {
    if (plan.organizations[o]) tellOf('organization.deleted', id, { deleted: true })
  }
  for (const member of members) {
    const { id, organization, user, isDeleted, isTold } = member
    if (!isDeleted && isTold && isGone(member)) {
      tellOf('organizationMembership.deleted', id, lastData(organization, user))
    }
  }
  return {
    events,
    users: USERS.map((id, u) => ({ id, deleted: plan.users[u]! })),
    organizations: ORGANIZATIONS.map((id, o) => ({ id, deleted: plan.organizations[o]! })),
    memberships: members
      .map((member) => ({ id: member.id, deleted: member.isDeleted || isGone(member) }))
      .map((row) => ({ ...row, role: row.deleted ? null : 'org:admin' }))
      .sort((a, b) => (a.id < b.id ? -1 : 1)),
  }
}
