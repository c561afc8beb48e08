import type { MirroredResource } from '@rollcall/resources/catalog'
import type { Json, JsonObject } from '@rollcall/shared/json'
import { everything, keepingOf } from '@rollcall/testkit/catalog'
import { deliveryOf } from '@rollcall/testkit/deliveries'
import { type AnyEvent, bodyOf } from '@rollcall/testkit/lives'
import { createTestMirror, type TestMirror } from '@rollcall/testkit/mirror'
import { runSeed } from '@rollcall/testkit/seed'
import fc from 'fast-check'
import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { applyBatch } from './apply.ts'
import { type Compared, type Comparison, compareRows, isDrift } from './compare-rows.ts'
import { writeSnapshots } from './write-snapshots.ts'

const T0 = 1_764_000_000_000
const HOUR_MS = 3_600_000

const catalog = everything()
const named = (name: string): MirroredResource => catalog.mirroredNamed(name)!
const users = named('user')

let mirror: TestMirror
beforeAll(async () => {
  mirror = await createTestMirror({ catalog })
})
beforeEach(() => mirror.clear())
afterAll(() => mirror[Symbol.asyncDispose]())

const event = (type: string, at: number, data: AnyEvent['data'], timestamp = at + 10) =>
  bodyOf({ type, id: data.id as string, occurredAt: T0 + timestamp, data })
const apply = (...bodies: readonly Json[]) =>
  applyBatch(
    mirror,
    bodies.map((body) => ({ delivery: deliveryOf(body), attempts: 1 })),
    keepingOf(catalog),
  )

const snapshot = (resource: MirroredResource, data: JsonObject, readAt: number) =>
  resource.snapshotRow({ data, readAt: T0 + readAt, instanceId: 'ins_test' })
const compare = (resource: MirroredResource, data: JsonObject, readAt: number): Promise<readonly Compared[]> =>
  compareRows(mirror.db, mirror.schema, resource, [snapshot(resource, data, readAt)])

/** What a backfill does with an answer of Clerk's: it compares, and writes what differs. */
async function bring(resource: MirroredResource, data: JsonObject, readAt: number): Promise<Comparison> {
  const [compared] = await compare(resource, data, readAt)
  if (isDrift(compared!.comparison)) await write(resource, compared!.row)
  return compared!.comparison
}
const write = (resource: MirroredResource, row: Compared['row']) =>
  mirror.db.transaction().execute((transaction) => writeSnapshots(transaction, mirror.schema, catalog, resource, [row]))

const rowsOf = async (resource: MirroredResource): Promise<readonly Record<string, unknown>[]> =>
  (await sql<Record<string, unknown>>`select * from ${sql.id('clerk', resource.table)} order by id`.execute(mirror.db))
    .rows

const ada = (updatedAt: number, over: AnyEvent['data'] = {}): AnyEvent['data'] => ({
  id: 'user_ada',
  object: 'user',
  first_name: 'Ada',
  updated_at: T0 + updatedAt,
  ...over,
})

/** What the mirror holds of a user, before Clerk answers `ada(100)` at 200. */
const HELD: Readonly<Record<string, { readonly events: readonly Json[]; readonly comparison: Comparison }>> = {
  nothing: { events: [], comparison: 'missing' },
  'an older version': { events: [event('user.updated', 50, ada(50))], comparison: 'older' },
  'an older version that says the same': { events: [event('user.updated', 99, ada(99))], comparison: 'older' },
  'the same version': { events: [event('user.updated', 100, ada(100))], comparison: 'same' },
  'the same version, told of in the moment of the answer': {
    events: [event('user.updated', 100, ada(100), 200)],
    comparison: 'same',
  },
  'the same version, with another value': {
    events: [event('user.updated', 100, ada(100, { first_name: 'Grace' }))],
    comparison: 'changed',
  },
  'the same version, with a value where Clerk has none': {
    events: [event('user.updated', 100, ada(100, { username: 'ada' }))],
    comparison: 'changed',
  },
  'the same version, active on another day': {
    events: [event('user.updated', 100, ada(100, { last_active_at: T0 }))],
    comparison: 'same',
  },
  'the same version, with another field that has no column': {
    events: [event('user.updated', 100, ada(100, { totp_enabled: true }))],
    comparison: 'same',
  },
  'the same version, told of after the answer': {
    events: [event('user.updated', 100, ada(100, { first_name: 'Grace' }), 300)],
    comparison: 'newer',
  },
  'a newer version': { events: [event('user.updated', 150, ada(150))], comparison: 'newer' },
  'its deletion': { events: [event('user.deleted', 50, { id: 'user_ada', deleted: true })], comparison: 'deleted' },
}

test.each(Object.entries(HELD))('[K2] [K3] the mirror holds %s', async (_held, { events, comparison }) => {
  await apply(...events)
  const before = await rowsOf(users)

  expect(await bring(users, ada(100), 200)).toBe(comparison)

  const [row] = await rowsOf(users)
  if (isDrift(comparison)) {
    expect(row).toMatchObject({ first_name: 'Ada', username: null, version: String(T0 + 100), event_id: null })
    expect(await bring(users, ada(100), 300)).toBe('same')
  } else expect([row]).toEqual(before)
})

test('[K1] an answer is beaten by what is newer, whatever was compared before', async () => {
  const [compared] = await compare(users, ada(100), 200)
  await apply(event('user.updated', 150, ada(150, { first_name: 'Grace' })))
  expect(await write(users, compared!.row)).toEqual(new Set())
  await apply(event('user.deleted', 180, { id: 'user_ada', deleted: true }))
  expect(await write(users, compared!.row)).toEqual(new Set())
  expect(await rowsOf(users)).toMatchObject([{ first_name: null, deleted_at: new Date(T0 + 190) }])
})

const seed = runSeed()

test(`[K1] events that come in any order, or never, and answers between them end in what is last (seed ${seed})`, async () => {
  const history = fc.array(fc.constantFrom('Ada', 'Grace', 'Joan'), { minLength: 1, maxLength: 6 })
  const scenario = history.chain((names) =>
    fc.record({
      names: fc.constant(names),
      isDeleted: fc.boolean(),
      // A state as an event, as an answer, or as both; the last one is told of in one way at least.
      told: fc.array(fc.constantFrom('event', 'answer', 'both', 'neither'), {
        minLength: names.length,
        maxLength: names.length,
      }),
      order: fc.array(fc.nat(), { minLength: names.length * 2 + 1, maxLength: names.length * 2 + 1 }),
    }),
  )
  await fc.assert(
    fc.asyncProperty(scenario, async ({ names, isDeleted, told, order }) => {
      await mirror.clear()
      const last = names.length - 1
      const steps = names.flatMap((first_name, i) => {
        const data = ada(i, { first_name })
        const how = i === last && told[i] === 'neither' ? 'both' : told[i]
        return [
          ...(how === 'event' || how === 'both' ? [() => apply(event('user.updated', i, data))] : []),
          ...(how === 'answer' || how === 'both' ? [() => bring(users, data, i + 100)] : []),
        ]
      })
      const deletion = () => apply(event('user.deleted', 50, { id: 'user_ada', deleted: true }))
      const shuffled = [...steps, ...(isDeleted ? [deletion] : [])]
        .map((step, i) => ({ step, place: order[i]! }))
        .sort((a, b) => a.place - b.place)
      for (const { step } of shuffled) await step()

      const [row] = await rowsOf(users)
      expect(row).toMatchObject(
        isDeleted ? { first_name: null, deleted_at: new Date(T0 + 60) } : { first_name: names[last], deleted_at: null },
      )
    }),
    { seed, numRuns: 60 },
  )
})

test('[K3] what was erased with a user is no difference, and another value is', async () => {
  const invitations = named('organization_invitation')
  const invitation: AnyEvent['data'] = {
    id: 'orginv_1',
    organization_id: 'org_acme',
    user_id: 'user_ada',
    email_address: 'ada@example.com',
    status: 'accepted',
    created_at: T0,
    updated_at: T0,
  }
  await apply(event('organizationInvitation.accepted', 0, invitation))
  expect(await bring(invitations, invitation, 40)).toBe('same')
  await apply(event('user.deleted', 50, { id: 'user_ada', deleted: true }))
  expect(await rowsOf(invitations)).toMatchObject([{ email_address: null }])
  expect(await bring(invitations, invitation, 60)).toBe('same')
  expect(await bring(invitations, { ...invitation, role: 'org:admin' }, 70)).toBe('changed')
  expect(await rowsOf(invitations)).toMatchObject([{ email_address: null, role: 'org:admin' }])
})

test('[K3] an answer without a time of its own is compared by its values alone', async () => {
  await apply(event('user.updated', 50, ada(50)))
  const timeless = (over: JsonObject) => ({ id: 'user_ada', first_name: 'Ada', updated_at: null, ...over })
  await bring(users, timeless({}), 100)
  const [row] = await rowsOf(users)
  expect(await bring(users, timeless({}), 200)).toBe('same')
  expect(await rowsOf(users)).toEqual([row])
  expect(await bring(users, timeless({ first_name: 'Grace' }), 300)).toBe('changed')
  expect(await rowsOf(users)).toMatchObject([{ first_name: 'Grace' }])
})

test('[K1] what Clerk answers of a member whose user is deleted goes with the user', async () => {
  await apply(event('user.deleted', 50, { id: 'user_ada', deleted: true }))
  const member: JsonObject = {
    id: 'orgmem_1',
    organization: { id: 'org_acme' },
    public_user_data: { user_id: 'user_ada', identifier: 'ada@example.com' },
    role: 'org:member',
    updated_at: T0,
  }
  expect(await bring(named('organization_membership'), member, 40)).toBe('missing')
  expect(await rowsOf(named('organization_membership'))).toMatchObject([
    { id: 'orgmem_1', deleted_with: ['org_acme', 'user_ada'], role: null, public_user_data: null, data: null },
  ])
  expect(await bring(named('organization_membership'), member, 60)).toBe('deleted')
})

test('[K1] what Clerk no longer has is deleted as by an event: for good, and with what belongs to it', async () => {
  await apply(
    event('user.created', 10, ada(10)),
    event('organizationMembership.created', 20, {
      id: 'orgmem_1',
      organization: { id: 'org_acme' },
      public_user_data: { user_id: 'user_ada' },
      updated_at: T0 + 20,
    }),
  )
  const gone = users.goneRow({ id: 'user_ada', goneAt: T0 + HOUR_MS, instanceId: 'ins_test' })
  expect(await write(users, gone)).toEqual(new Set(['user_ada']))
  await apply(event('user.updated', 30, ada(30)))

  expect(await rowsOf(users)).toMatchObject([{ first_name: null, data: null, deleted_at: new Date(T0 + HOUR_MS) }])
  expect(await rowsOf(named('organization_membership'))).toMatchObject([{ deleted_with: ['org_acme', 'user_ada'] }])
  expect(await write(users, gone)).toEqual(new Set())
})

test('[K4] a subscription item keeps what only its events tell of, and both shapes have a price', async () => {
  const items = named('subscription_item')
  const item = { id: 'csub_item_1', status: 'active', updated_at: T0 + 10 }
  const told = event('subscriptionItem.created', 10, {
    ...item,
    subscription_id: 'csub_1',
    plan: { amount: 900, currency: 'USD' },
  })
  await apply(told)
  const answer: JsonObject = { ...item, status: 'ended', plan: { fee: { amount: 900, currency: 'USD' } } }

  expect(await bring(items, { ...answer, updated_at: T0 + 1_000 }, 2_000)).toBe('older')
  expect(await rowsOf(items)).toMatchObject([
    { status: 'ended', subscription_id: 'csub_1', amount: '900', currency: 'USD', event_id: null },
  ])
  expect(await bring(items, { ...answer, updated_at: T0 + 1_000 }, 3_000)).toBe('same')
})

test('[K2] answers come back in the order in which they were given, whatever was held', async () => {
  await apply(event('user.created', 10, { ...ada(10), id: 'user_b' }))
  const rows = ['user_c', 'user_b', 'user_a'].map((id) => snapshot(users, { ...ada(10), id }, 100))
  const compared = await compareRows(mirror.db, mirror.schema, users, rows)
  expect(compared.map(({ row, comparison }) => [row.id, comparison])).toEqual([
    ['user_c', 'missing'],
    ['user_b', 'same'],
    ['user_a', 'missing'],
  ])
  expect(await compareRows(mirror.db, mirror.schema, users, [])).toEqual([])
})

test.each([[null], ['text'], [{ object: 'user' }], [{ id: '' }]])('[K1] %j is no entity', (data) => {
  expect(() => users.snapshotRow({ data, readAt: T0, instanceId: null })).toThrow(/^user: `data/)
})
