import type { Delivery } from '@rollcall/shared/delivery'
import { everything, keepingOf } from '@rollcall/testkit/catalog'
import { deliveryOf, userBody } from '@rollcall/testkit/deliveries'
import { createTestMirror, type TestMirror } from '@rollcall/testkit/mirror'
import { outcomesOf } from '@rollcall/testkit/outcomes'
import { until } from '@rollcall/testkit/wait'
import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type ApplyOptions, applyBatch } from './apply.ts'

const T0 = 1_764_000_000_000
const user = (n: number, type: 'user.created' | 'user.updated' = 'user.updated') =>
  userBody({ type, id: 'user_ada', occurredAt: T0 + n, updatedAt: T0 + n, fields: { first_name: `Ada ${n}` } })

let mirror: TestMirror
beforeAll(async () => {
  mirror = await createTestMirror()
})
beforeEach(() => mirror.clear())
afterAll(() => mirror[Symbol.asyncDispose]())

const apply = async (deliveries: readonly Delivery[], options: Partial<ApplyOptions> = {}) => {
  const attempts = deliveries.map((delivery) => ({ delivery, attempts: 1 }))
  return outcomesOf(await applyBatch(mirror, attempts, { ...keepingOf(mirror.catalog), ...options }))
}
const withoutUsers = everything({ user: false })
const replayed = (delivery: Delivery): Delivery => ({ ...delivery, replayed: true })
const ledger = () => mirror.db.selectFrom('webhook_events').selectAll().orderBy('id').execute()
const users = async () => (await sql`select * from clerk.users order by id`.execute(mirror.db)).rows

test('[Y2] what was applied or stale changes nothing when it is replayed, not even its count', async () => {
  const [first, second] = [deliveryOf(user(1), { messageId: 'msg_1' }), deliveryOf(user(2), { messageId: 'msg_2' })]
  expect(await apply([second])).toEqual(['applied'])
  expect(await apply([first])).toEqual(['stale'])
  const before = [await users(), await ledger()]

  expect(await apply([replayed(first), replayed(second)])).toEqual(['duplicate', 'duplicate'])
  expect([await users(), await ledger()]).toEqual(before)
})

test('[Y2] where its row was lost, a replayed event writes it again', async () => {
  const delivery = deliveryOf(user(1), { messageId: 'msg_1' })
  await apply([delivery])
  await sql`delete from clerk.users`.execute(mirror.db)

  expect(await apply([delivery])).toEqual(['duplicate'])
  expect(await users()).toEqual([])
  expect(await apply([replayed(delivery)])).toEqual(['applied'])
  expect(await users()).toMatchObject([{ id: 'user_ada', event_id: 'msg_1' }])
  expect(await ledger()).toMatchObject([{ id: 'msg_1', outcome: 'applied', attempts: 2 }])
})

test('[Y2] what was ignored is applied when it is replayed once its resource is mirrored, and its handler runs', async () => {
  const handled = { ...keepingOf(mirror.catalog), handledTypes: new Set(['user.created']) }
  const delivery = deliveryOf(user(1, 'user.created'), { messageId: 'msg_1' })
  expect(await apply([delivery], { catalog: withoutUsers })).toEqual(['ignored'])
  expect(await apply([replayed(delivery)], { catalog: withoutUsers })).toEqual(['duplicate'])

  expect(await apply([replayed(delivery)], handled)).toEqual(['applied'])
  expect(await ledger()).toMatchObject([{ outcome: 'applied', handling: 'waiting', attempts: 2 }])
  // One that waits for its handler is left alone.
  await sql`delete from clerk.users`.execute(mirror.db)
  expect(await apply([replayed(delivery)], handled)).toEqual(['duplicate'])
})

test('[Y2] a handler that has run does not run again for a replay', async () => {
  const handled = { ...keepingOf(mirror.catalog), handledTypes: new Set(['user.created']) }
  const delivery = deliveryOf(user(1, 'user.created'), { messageId: 'msg_1' })
  await apply([delivery], handled)
  await sql`update clerk.webhook_events set handling = 'handled', handle_at = null, handled_at = now()`.execute(
    mirror.db,
  )
  await sql`delete from clerk.users`.execute(mirror.db)

  expect(await apply([replayed(delivery)], handled)).toEqual(['applied'])
  expect(await ledger()).toMatchObject([{ outcome: 'applied', handling: 'handled', handle_at: null }])
})

test('[D5] a stale event tells against what it was stale, in its own batch and another', async () => {
  const [first, second, third] = [1, 2, 3].map((n) => deliveryOf(user(n), { messageId: `msg_${n}` }))
  const deletion = userBody({ type: 'user.deleted', id: 'user_ada', occurredAt: T0 })
  await apply([third!, second!])
  await apply([deliveryOf(deletion, { messageId: 'msg_deletion' })])
  await apply([first!])

  const against = Object.fromEntries((await ledger()).map(({ id, stale_against }) => [id, stale_against]))
  expect(against).toEqual({
    msg_1: { event_id: 'msg_deletion', version: T0, occurred_at: new Date(T0).toISOString(), deleted: true },
    msg_2: { event_id: 'msg_3', version: T0 + 3, occurred_at: new Date(T0 + 3).toISOString(), deleted: false },
    msg_3: null,
    msg_deletion: null,
  })
  expect((await ledger()).map(({ version }) => version)).toEqual([T0 + 1, T0 + 2, T0 + 3, T0].map(String))
})

test('[D1] copies in one batch are counted, whether the message is new or settled', async () => {
  const delivery = deliveryOf(user(1), { messageId: 'msg_1' })
  const other = deliveryOf(user(2), { messageId: 'msg_2' })
  await apply([delivery, delivery, delivery])
  await apply([delivery, other])
  expect(await ledger()).toMatchObject([
    { id: 'msg_1', duplicates: 3, duplicate_at: expect.any(Date) },
    { id: 'msg_2', duplicates: 0, duplicate_at: null },
  ])
})

test('[D1] a settled message that comes again as something that cannot be applied is a duplicate, and no failure', async () => {
  await apply([deliveryOf(user(1), { messageId: 'msg_1' })])
  const attempt = { delivery: deliveryOf('{', { messageId: 'msg_1' }), attempts: 1 }
  expect(await applyBatch(mirror, [attempt], keepingOf(mirror.catalog))).toMatchObject([
    { status: 'fulfilled', value: { outcome: 'duplicate', error: undefined } },
  ])
})

test('[D1] what another worker settles meanwhile stands as that one says', async () => {
  const delivery = deliveryOf(user(1), { messageId: 'msg_1' })
  let late: Promise<readonly string[]> | undefined
  await mirror.db.transaction().execute(async (held) => {
    await sql`lock table clerk.users in share mode`.execute(held)
    late = apply([delivery])
    const isHeldUp = async () =>
      (await sql`select from pg_locks where not granted and relation = 'clerk.users'::regclass`.execute(mirror.db)).rows
        .length > 0
    await until(isHeldUp, { timeoutMs: 20_000, what: 'one waits with what it has not settled yet' })
    expect(await apply([delivery], { catalog: withoutUsers })).toEqual(['ignored'])
  })
  expect(await late).toEqual(['duplicate'])
  expect(await ledger()).toMatchObject([{ outcome: 'ignored', attempts: 1 }])
})

test('[D1] a duplicate whose ledger entry somebody holds waits for nobody', async () => {
  const delivery = deliveryOf(user(1), { messageId: 'msg_1' })
  await apply([delivery])
  await mirror.db.transaction().execute(async (held) => {
    await held.selectFrom('webhook_events').select('id').forUpdate().execute()
    expect(await apply([delivery])).toEqual(['duplicate'])
  })
  expect(await ledger()).toMatchObject([{ duplicates: 0 }])
})
