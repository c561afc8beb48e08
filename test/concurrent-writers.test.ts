import { applyBatch } from '@rollcall/mirror/apply'
import { keepingOf } from '@rollcall/testkit/catalog'
import { deliveryOf, userBody } from '@rollcall/testkit/deliveries'
import { createTestMirror, type TestMirror } from '@rollcall/testkit/mirror'
import { outcomesOf } from '@rollcall/testkit/outcomes'
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'

const WRITERS = 8
const ROUNDS = 25
const USERS = 60

let mirror: TestMirror
beforeAll(async () => {
  mirror = await createTestMirror({ poolSize: WRITERS })
})
afterAll(() => mirror[Symbol.asyncDispose]())

test('[U2] writers with overlapping batches in opposite orders never deadlock', async () => {
  const T0 = 1_764_000_000_000
  const ids = Array.from({ length: USERS }, (_, i) => `user_${String(i).padStart(3, '0')}`)

  const outcomes = await Promise.all(
    Array.from({ length: WRITERS }, async (_, writer) => {
      const order = writer % 2 === 0 ? ids : ids.toReversed()
      const seen: string[] = []
      for (let round = 0; round < ROUNDS; round++) {
        const at = T0 + round * WRITERS + writer
        const batch = order.map((id) => ({
          delivery: deliveryOf(userBody({ type: 'user.updated', id, occurredAt: at, updatedAt: at })),
          attempts: 1,
        }))
        const settled = await applyBatch(mirror, batch, keepingOf(mirror.catalog))
        seen.push(...outcomesOf(settled))
      }
      return seen
    }),
  )

  expect(new Set(outcomes.flat())).toEqual(new Set(['applied', 'stale']))
  const newest = String(T0 + ROUNDS * WRITERS - 1)
  const { rows } = await sql<{ version: string }>`select distinct version from clerk.users`.execute(mirror.db)
  expect(rows).toEqual([{ version: newest }])
  const { rows: databases } = await sql<{ deadlocks: string }>`
    select deadlocks from pg_stat_database where datname = current_database()`.execute(mirror.db)
  expect(databases).toEqual([{ deadlocks: '0' }])
})

test('[D1] the same messages applied by several writers at once are each applied once', async () => {
  await mirror.clear()
  const T0 = 1_764_000_000_000
  const batch = Array.from({ length: 200 }, (_, i) => ({
    delivery: deliveryOf(userBody({ type: 'user.created', id: `user_${i}`, occurredAt: T0, updatedAt: T0 })),
    attempts: 1,
  }))
  const byWriter = await Promise.all(
    Array.from({ length: WRITERS }, async () => outcomesOf(await applyBatch(mirror, batch, keepingOf(mirror.catalog)))),
  )
  for (const i of batch.keys()) {
    const outcomes = byWriter.map((ofWriter) => ofWriter[i])
    expect(outcomes.filter((outcome) => outcome === 'applied')).toHaveLength(1)
    expect(outcomes.filter((outcome) => outcome === 'duplicate')).toHaveLength(WRITERS - 1)
  }
})
