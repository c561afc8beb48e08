import { keepingOf } from '@rollcall/testkit/catalog'
import { deliveryOf } from '@rollcall/testkit/deliveries'
import { createTestMirror, type TestMirror } from '@rollcall/testkit/mirror'
import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { applyBatch } from './apply.ts'
import { dropOldBodies, removeOldEvents } from './retention.ts'

describe('retention', () => {
  let mirror: TestMirror
  beforeAll(async () => {
    mirror = await createTestMirror()
  })
  beforeEach(() => mirror.clear())
  afterAll(() => mirror[Symbol.asyncDispose]())

  /** Events of unknown types, whose bodies are kept, settled so many days ago; the n-th is message n. */
  async function settle(count: number, daysAgo: number, first = 0): Promise<void> {
    const attempts = Array.from({ length: count }, (_, i) => ({
      delivery: deliveryOf({ type: 'robot.created', data: { id: 'robot_1' } }, { messageId: `msg_${first + i}` }),
      attempts: 1,
    }))
    await applyBatch(mirror, attempts, keepingOf(mirror.catalog))
    await sql`
      update clerk.webhook_events set applied_at = now() - make_interval(days => ${daysAgo})
      where id = any(${attempts.map(({ delivery }) => delivery.messageId)})`.execute(mirror.db)
  }
  const ledger = () => mirror.db.selectFrom('webhook_events').select(['id', 'body', 'handling']).orderBy('id').execute()
  const remove = (days: number) => removeOldEvents(mirror.db, mirror.schema, days)

  test('[D4] events leave after their time, those that are younger stay', async () => {
    await settle(3, 91)
    await settle(1, 89, 3)
    expect(await remove(90)).toBe(false)
    expect((await ledger()).map(({ id }) => id)).toEqual(['msg_3'])
  })

  test('[D4] bodies leave after theirs, and the events stay', async () => {
    await settle(2, 31)
    await settle(1, 29, 2)
    expect(await dropOldBodies(mirror.db, mirror.schema, 30)).toBe(false)
    expect((await ledger()).map(({ body }) => body !== null)).toEqual([false, false, true])
  })

  test('[D4] an event whose handler has not run stays, with its body', async () => {
    await settle(2, 400)
    await sql`update clerk.webhook_events set handling = 'waiting', handle_at = now() where id = 'msg_0'`.execute(
      mirror.db,
    )
    await dropOldBodies(mirror.db, mirror.schema, 30)
    await remove(90)
    expect(await ledger()).toMatchObject([{ id: 'msg_0', handling: 'waiting', body: { type: 'robot.created' } }])
  })

  test('[D4] a batch is bounded, and says when there may be more', async () => {
    await settle(1_200, 91)
    expect([await remove(90), (await ledger()).length]).toEqual([true, 200])
    expect([await remove(90), (await ledger()).length]).toEqual([false, 0])
  })

  test('[D4] it waits for nobody: what another transaction holds is left for the next time', async () => {
    await settle(2, 91)
    await mirror.db.transaction().execute(async (transaction) => {
      await sql`select from clerk.webhook_events where id = 'msg_0' for update`.execute(transaction)
      expect(await remove(90)).toBe(false)
      expect((await ledger()).map(({ id }) => id)).toEqual(['msg_0'])
    })
    await remove(90)
    expect(await ledger()).toEqual([])
  })
})
