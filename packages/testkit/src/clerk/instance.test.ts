import { beforeEach, describe, expect, test } from 'vitest'
import { type Clock, createClock } from './clock.ts'
import type { ClerkEvent } from './events.ts'
import { type ClerkInstance, createClerkInstance } from './instance.ts'

const START_MS = 1_764_000_000_000

let clock: Clock
let events: ClerkEvent[]
let instance: ClerkInstance

beforeEach(() => {
  clock = createClock(START_MS)
  events = []
  instance = createClerkInstance({ now: clock.now, emit: (event) => events.push(event) })
})

const types = () => events.map(({ body }) => body.type)
const lastData = () => events.at(-1)!.body.data

describe('an event', () => {
  test('is stamped some milliseconds after the change that it shows', () => {
    for (let i = 0; i < 50; i++) {
      clock.advance(1_000)
      const user = instance.createUser()
      const { body, occurredAt } = events.at(-1)!
      expect(body).toMatchObject({ object: 'event', type: 'user.created', instance_id: 'ins_test', data: user })
      expect(body.timestamp).toBe(occurredAt)
      expect(occurredAt - user.updated_at).toBeGreaterThanOrEqual(4)
      expect(occurredAt - user.updated_at).toBeLessThanOrEqual(22)
    }
  })

  test('tells of a change with a new time, and keeps what was not changed', () => {
    const { id } = instance.createUser({ first_name: 'Ada', last_name: 'Lovelace' })
    clock.advance(500)
    instance.updateUser(id, { first_name: 'Grace' })

    const expected = {
      id,
      first_name: 'Grace',
      last_name: 'Lovelace',
      created_at: START_MS,
      updated_at: START_MS + 500,
    }
    expect(instance.users.get(id)).toMatchObject(expected)
    expect(lastData()).toEqual(instance.users.get(id))
  })

  test('of two changes in a millisecond is of a later one each', () => {
    const { id } = instance.createUser()
    expect([1, 2].map(() => instance.updateUser(id).updated_at)).toEqual([START_MS + 1, START_MS + 2])
  })

  test('stays as it was when what it shows changes', () => {
    const metadata: Record<string, string> = { plan: 'free' }
    const user = instance.createUser({ public_metadata: metadata })
    metadata.plan = 'pro'
    expect(events[0]!.body.data.public_metadata).toEqual({ plan: 'free' })
    expect(instance.users.get(user.id)!.public_metadata).toEqual({ plan: 'pro' })
  })
})

describe('a deletion', () => {
  test('of most objects is told by the id alone', () => {
    const organization = instance.createOrganization()
    const domain = instance.createDomain({ organizationId: organization.id })
    const permission = instance.createPermission()
    const role = instance.createRole({}, { permissionIds: [permission.id] })
    const user = instance.createUser()
    events.length = 0

    instance.deleteDomain(domain.id)
    instance.deletePermission(permission.id)
    instance.deleteRole(role.id)
    instance.deleteUser(user.id)
    instance.deleteOrganization(organization.id)

    expect(events.map(({ body }) => [body.type, body.data])).toEqual([
      ['organizationDomain.deleted', { id: domain.id, object: 'organization_domain', deleted: true }],
      ['permission.deleted', { id: permission.id, object: 'permission', deleted: true }],
      ['role.deleted', { id: role.id, object: 'role', deleted: true }],
      ['user.deleted', { id: user.id, object: 'user', deleted: true }],
      ['organization.deleted', { id: organization.id, object: 'organization', deleted: true }],
    ])
    expect(() => instance.updateUser(user.id)).toThrow(/no user/)
  })

  test('of a user ends their memberships, told by whole ones as of their last change', () => {
    const user = instance.createUser()
    const { id: organizationId } = instance.createOrganization()
    const membership = instance.createMembership({ organizationId, userId: user.id })
    clock.advance(5 * 86_400_000)
    instance.deleteUser(user.id)

    expect(types().slice(-2)).toEqual(['organizationMembership.deleted', 'user.deleted'])
    const { body, occurredAt } = events.at(-2)!
    expect(body.data).toEqual(membership)
    expect(body.data).not.toHaveProperty('deleted')
    expect(occurredAt).toBeGreaterThan(clock.now())
    expect(instance.memberships.size).toBe(0)
  })

  test('of an organization takes along what it has, of which nothing tells', () => {
    const user = instance.createUser()
    const [gone, kept] = [instance.createOrganization(), instance.createOrganization()]
    for (const { id: organizationId } of [gone, kept]) {
      instance.createMembership({ organizationId, userId: user.id })
      instance.createInvitation({ organizationId })
      instance.createDomain({ organizationId })
    }
    events.length = 0
    instance.deleteOrganization(gone.id)

    expect(types()).toEqual(['organization.deleted'])
    for (const left of [instance.memberships, instance.invitations, instance.domains]) {
      expect(left.all().map((one) => one.organization_id ?? one.organization)).toMatchObject([
        left === instance.memberships ? { id: kept.id } : kept.id,
      ])
    }
  })

  test('of a waitlist entry is told by nothing', () => {
    const { id } = instance.createWaitlistEntry()
    instance.updateWaitlistEntry(id, { status: 'invited' })
    instance.deleteWaitlistEntry(id)
    expect(types()).toEqual(['waitlistEntry.created', 'waitlistEntry.updated'])
    expect(instance.waitlist.size).toBe(0)
  })
})

test('an accepted invitation makes a member, a revoked one does not', () => {
  const user = instance.createUser()
  const { id: organizationId } = instance.createOrganization()
  const accepted = instance.createInvitation({ organizationId }, { role: 'org:admin', role_name: 'Admin' })
  const revoked = instance.createInvitation({ organizationId, inviterId: user.id })
  events.length = 0

  instance.acceptInvitation(accepted.id, { userId: user.id })
  instance.revokeInvitation(revoked.id)

  expect(types()).toEqual([
    'organizationInvitation.accepted',
    'organizationMembership.created',
    'organizationInvitation.revoked',
  ])
  expect(events[0]!.body.data).toMatchObject({ id: accepted.id, status: 'accepted', user_id: user.id })
  expect(events[1]!.body.data).toMatchObject({ role: 'org:admin', public_user_data: { user_id: user.id } })
  expect(lastData()).toMatchObject({ status: 'revoked', public_inviter_data: { user_id: user.id } })
})

test('a membership shows its organization and user as they are now', () => {
  const user = instance.createUser()
  const organization = instance.createOrganization()
  const { id } = instance.createMembership({ organizationId: organization.id, userId: user.id })
  instance.updateOrganization(organization.id, { name: 'Renamed' })
  instance.updateUser(user.id, { first_name: 'Ada' })

  expect(instance.memberships.get(id)).toMatchObject({
    organization: { name: 'Renamed' },
    public_user_data: { first_name: 'Ada' },
    updated_at: START_MS,
  })
})

test("a subscription item's event has the words of events, not those of the Backend API", () => {
  const user = instance.createUser()
  const item = instance.createSubscriptionItem({ payer: { userId: user.id }, monthlyCents: 500 })
  expect(item).toMatchObject({
    object: 'commerce_subscription_item',
    plan_period: 'month',
    plan: { fee: { amount: 500 } },
  })
  expect(lastData()).toMatchObject({
    interval: 'month',
    plan: { amount: 500 },
    payer: { user_id: user.id, organization_id: '' },
  })
  expect(lastData()).not.toHaveProperty('plan_period')

  instance.updateSubscriptionItem(item.id, { status: 'canceled' }, 'subscriptionItem.canceled')
  expect(types().slice(-2)).toEqual(['subscriptionItem.created', 'subscriptionItem.canceled'])
})

test('very many users cost little, are told by nothing, and have ids of their own in the form of Clerk', () => {
  const started = performance.now()
  instance.seedUsers(100_000)

  expect(performance.now() - started).toBeLessThan(60_000)
  expect(events).toEqual([])
  const entries = [...instance.users.entries.scan()]
  expect(new Set(entries.map(({ id }) => id)).size).toBe(100_000)
  expect(entries.every(({ id }) => /^user_[0-9A-Za-z]{27}$/.test(id))).toBe(true)
  expect(entries.every(({ created_at }, i) => i === 0 || created_at > entries[i - 1]!.created_at)).toBe(true)
  expect(entries.at(-1)!.created_at).toBe(START_MS)
  expect(instance.createUser().created_at).toBe(START_MS)
})

test('the same seed makes the same instance', () => {
  const made = (seed: number) => createClerkInstance({ now: clock.now, seed }).createUser()
  expect(made(3)).toEqual(made(3))
  expect(made(3).id).not.toBe(made(4).id)
})
