import type { Delivery } from '@rollcall/shared/delivery'
import type { Json } from '@rollcall/shared/json'
import { everything, keepingOf } from '@rollcall/testkit/catalog'
import { deliveryOf, userBody } from '@rollcall/testkit/deliveries'
import { createTestMirror, type TestMirror } from '@rollcall/testkit/mirror'
import { outcomesOf } from '@rollcall/testkit/outcomes'
import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type ApplyOptions, applyBatch, failEvent } from './apply.ts'

const T0 = 1_764_000_000_000
const ada = userBody({
  type: 'user.created',
  id: 'user_ada',
  occurredAt: T0,
  updatedAt: T0,
  fields: { first_name: 'Ada' },
})

describe('applyBatch', () => {
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
  const ledger = () => mirror.db.selectFrom('webhook_events').selectAll().orderBy('id').execute()
  const users = async () =>
    (await sql<Record<string, Json>>`select * from clerk.users order by id`.execute(mirror.db)).rows

  test('[W1] an event is applied: its row and its ledger entry are there', async () => {
    const delivery = deliveryOf(ada)
    expect(await apply([delivery])).toEqual(['applied'])

    expect(await users()).toMatchObject([
      { id: 'user_ada', first_name: 'Ada', version: String(T0), event_id: delivery.messageId, deleted_at: null },
    ])
    expect(await ledger()).toMatchObject([
      {
        id: delivery.messageId,
        type: 'user.created',
        resource: 'user',
        entity_id: 'user_ada',
        instance_id: 'ins_test',
        outcome: 'applied',
        error: null,
        attempts: 1,
        occurred_at: new Date(T0),
        received_at: new Date(delivery.receivedAt),
        body: null,
      },
    ])
  })

  test('[B3] of several events for one row in a batch, the newest is applied and the others are stale', async () => {
    const update = (n: number) =>
      userBody({ type: 'user.updated', id: 'user_ada', occurredAt: T0 + n, updatedAt: T0 + n })
    expect(await apply([deliveryOf(update(2)), deliveryOf(update(3)), deliveryOf(ada)])).toEqual([
      'stale',
      'applied',
      'stale',
    ])
    expect(await users()).toMatchObject([{ version: String(T0 + 3) }])
  })

  test('[D1] a message settled before changes nothing but its count, in another batch or the same', async () => {
    const delivery = deliveryOf(ada)
    expect(await apply([delivery, delivery])).toEqual(['applied', 'duplicate'])
    const [before] = await ledger()
    const row = await users()
    expect(before).toMatchObject({ duplicates: 1, duplicate_at: expect.any(Date) })

    expect(await apply([delivery])).toEqual(['duplicate'])
    expect(await users()).toEqual(row)
    expect(await ledger()).toEqual([{ ...before, duplicates: 2, duplicate_at: expect.any(Date) }])
  })

  test('[V3] a deletion that comes first leaves a tombstone, and nothing revives it', async () => {
    const deletion = userBody({ type: 'user.deleted', id: 'user_ada', occurredAt: T0 - 5 })
    expect(await apply([deliveryOf(deletion)])).toEqual(['applied'])
    expect(await apply([deliveryOf(ada)])).toEqual(['stale'])
    expect(await users()).toMatchObject([
      { id: 'user_ada', first_name: null, data: null, deleted_at: new Date(T0 - 5), version: String(T0 - 5) },
    ])
  })

  test('[V5] without a usable updated_at the envelope says which is newer', async () => {
    const at = (occurredAt: number, updatedAt: Json, first_name: string) =>
      deliveryOf({
        type: 'user.updated',
        timestamp: occurredAt,
        data: { id: 'user_ada', updated_at: updatedAt, first_name },
      })
    expect(await apply([at(T0 + 2, null, 'second')])).toEqual(['applied'])
    expect(await apply([at(T0 + 1, 'yesterday', 'first')])).toEqual(['stale'])
    expect(await apply([at(T0 + 3, -1, 'third')])).toEqual(['applied'])
    expect(await users()).toMatchObject([{ first_name: 'third', version: String(T0 + 3) }])
  })

  test('[W6] a type that is not mirrored is ignored; the body of an unknown one is kept', async () => {
    const documented = deliveryOf(
      { type: 'sms.created', timestamp: T0, data: { id: 'sms_1', message: '123456' } },
      { messageId: 'msg_1' },
    )
    const unknown = deliveryOf({ type: 'robot.created', timestamp: T0, data: null }, { messageId: 'msg_2' })
    const catalog = everything({ sms_message: false })
    expect(await apply([documented, unknown], { catalog })).toEqual(['ignored', 'ignored'])
    expect(await ledger()).toMatchObject([
      { outcome: 'ignored', entity_id: 'sms_1', body: null },
      { outcome: 'ignored', entity_id: null, body: { type: 'robot.created', timestamp: T0, data: null } },
    ])
  })

  test('[W7] an event from an instance that is not allowed, or from none, is refused', async () => {
    const anonymous = deliveryOf({ type: 'user.created', timestamp: T0, data: { id: 'user_x' } })
    const options = { allowedInstances: ['ins_other', 'ins_test'] }
    expect(await apply([deliveryOf(ada), anonymous], options)).toEqual(['applied', 'refused'])
    expect(await apply([deliveryOf(ada)], { allowedInstances: ['ins_other'] })).toEqual(['refused'])
    expect(await users()).toHaveLength(1)
  })

  test('[F3] an event that cannot be applied fails at once, its body kept, and its neighbours do not notice', async () => {
    const broken: Record<string, Delivery> = {
      msg_1: deliveryOf('not JSON at all'),
      msg_2: deliveryOf([1, 2, 3]),
      msg_3: deliveryOf({ type: 'user.created', timestamp: T0, data: { first_name: 'nobody' } }),
      msg_4: deliveryOf({ type: 'user.deleted', timestamp: T0, data: null }),
      msg_5: deliveryOf({ body: 'no type' }),
    }
    const deliveries = Object.entries(broken).map(([messageId, delivery]) => ({ ...delivery, messageId }))
    expect(await apply([...deliveries, deliveryOf(ada, { messageId: 'msg_9' })])).toEqual([
      ...deliveries.map(() => 'failed'),
      'applied',
    ])
    const rows = await ledger()
    expect(rows.map((row) => row.body)).toEqual([
      'not JSON at all',
      [1, 2, 3],
      { type: 'user.created', timestamp: T0, data: { first_name: 'nobody' } },
      { type: 'user.deleted', timestamp: T0, data: null },
      { body: 'no type' },
      null,
    ])
    expect(rows.slice(0, 5).every((row) => row.error?.startsWith('payload_invalid: '))).toBe(true)
  })

  test('[D2] a failed message runs again, and its attempts add up', async () => {
    const messageId = 'msg_mended'
    expect(await apply([deliveryOf('{', { messageId })])).toEqual(['failed'])
    expect(await apply([deliveryOf(ada, { messageId })])).toEqual(['applied'])
    expect(await ledger()).toMatchObject([
      { outcome: 'applied', error: null, attempts: 2, body: null, type: 'user.created' },
    ])
    expect(await apply([deliveryOf('{', { messageId })])).toEqual(['duplicate'])
  })

  test('[D3] EVENT_BODIES=all keeps every body', async () => {
    await apply([deliveryOf(ada)], { bodies: 'all' })
    expect(await ledger()).toMatchObject([{ outcome: 'applied', body: ada }])
  })

  for (const position of [0, 1, 6, 11]) {
    test(`[B4] Postgres refusing one row, at position ${position} of 12, fails that event alone`, async () => {
      await sql`alter table clerk.users add constraint poison check (first_name <> 'Poison')`.execute(mirror.db)
      const batch = Array.from({ length: 12 }, (_, i) =>
        deliveryOf(
          userBody({
            type: 'user.created',
            id: `user_${i}`,
            occurredAt: T0,
            updatedAt: T0,
            fields: { first_name: i === position ? 'Poison' : `user ${i}` },
          }),
          { messageId: `msg_${String(i).padStart(2, '0')}` },
        ),
      )
      expect(await apply(batch)).toEqual(batch.map((_, i) => (i === position ? 'failed' : 'applied')))
      expect(await users()).toHaveLength(11)
      const failed = (await ledger()).filter((row) => row.outcome === 'failed')
      expect(failed).toMatchObject([{ entity_id: `user_${position}`, error: expect.stringMatching(/^row_rejected: /) }])
      expect(failed[0]?.body).toMatchObject({ data: { first_name: 'Poison' } })
      await sql`alter table clerk.users drop constraint poison`.execute(mirror.db)
    })
  }

  test('[F4] a failure that nobody understands is nobody else’s, and is left to be tried again', async () => {
    await sql`
      create function clerk.object_to_bob() returns trigger language plpgsql as
      $$ begin if new.first_name = 'Bob' then raise 'no Bobs'; end if; return new; end $$`.execute(mirror.db)
    await sql`create trigger no_bobs before insert on clerk.users for each row execute function clerk.object_to_bob()`.execute(
      mirror.db,
    )
    try {
      const bob = deliveryOf(
        userBody({
          type: 'user.created',
          id: 'user_bob',
          occurredAt: T0,
          updatedAt: T0,
          fields: { first_name: 'Bob' },
        }),
      )
      expect(await apply([bob, deliveryOf(ada)])).toEqual(['unexpected', 'applied'])
      expect(await ledger()).toHaveLength(1)

      await failEvent(mirror, { delivery: bob, attempts: 10 }, new Error('no Bobs'), keepingOf(mirror.catalog))
      expect((await ledger()).filter((row) => row.outcome === 'failed')).toMatchObject([
        { entity_id: 'user_bob', attempts: 10, error: 'unexpected: no Bobs', body: JSON.parse(bob.body) },
      ])
    } finally {
      await sql`drop function clerk.object_to_bob() cascade`.execute(mirror.db)
    }
  })

  test('[W4] text that Postgres does not store is made storable, in values, keys and ids', async () => {
    const body =
      '{"type":"user.created","timestamp":1764000000000,"data":{"id":"user_\\u0000x","first_name":"A\\u0000da \\ud800","public_metadata":{"a\\u0000":"\\udfff"}}}'
    expect(await apply([deliveryOf(body)])).toEqual(['applied'])
    expect(await users()).toMatchObject([
      { id: 'user_\uFFFDx', first_name: 'A\uFFFDda \uFFFD', public_metadata: { 'a\uFFFD': '\uFFFD' } },
    ])
    expect(await ledger()).toMatchObject([{ entity_id: 'user_\uFFFDx' }])
  })

  test('[W5] a body that Postgres could not parse is kept as text', async () => {
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`
    const raw = Buffer.from([0xff, 0x00, 0xfe])
    const binary = deliveryOf('', { body: raw.toString('base64'), encoding: 'base64', messageId: 'msg_2' })
    expect(await apply([deliveryOf(deep, { messageId: 'msg_1' }), binary])).toEqual(['failed', 'failed'])
    expect(await ledger()).toMatchObject([{ body: deep }, { body: '\uFFFD\uFFFD\uFFFD' }])
  })

  test('[W22] a failure that the ledger does not take with its body is kept without it, and harms no other', async () => {
    await sql`alter table clerk.webhook_events add constraint no_bodies check (body is null)`.execute(mirror.db)
    try {
      const failing = deliveryOf('no JSON', { messageId: 'msg_1' })
      const unknown = deliveryOf({ type: 'robot.created', data: null }, { messageId: 'msg_2' })
      expect(await apply([deliveryOf(ada, { messageId: 'msg_0' }), failing, unknown])).toEqual([
        'applied',
        'failed',
        'failed',
      ])
      expect(await ledger()).toMatchObject([
        { outcome: 'applied' },
        { outcome: 'failed', body: null, error: expect.stringMatching(/^row_rejected/) },
        { outcome: 'failed', body: null, error: expect.stringMatching(/^row_rejected/) },
      ])
    } finally {
      await sql`alter table clerk.webhook_events drop constraint no_bodies`.execute(mirror.db)
    }
  })

  test('[W3] fields that are missing, unknown or of another type never fail', async () => {
    const odd = {
      id: 'user_odd',
      first_name: 7,
      banned: 'yes',
      created_at: 'never',
      last_sign_in_at: 1e300,
      email_addresses: null,
      surprise: { new: true },
    }
    expect(await apply([deliveryOf({ type: 'user.updated', timestamp: T0, data: odd })])).toEqual(['applied'])
    expect(await users()).toMatchObject([
      { first_name: null, banned: null, created_at: null, last_sign_in_at: null, email_addresses: null, data: odd },
    ])
  })
})
