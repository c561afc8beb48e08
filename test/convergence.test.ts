import { type UserEvent, userBody } from '@rollcall/testkit/deliveries'
import { createTestMirror, type TestMirror } from '@rollcall/testkit/mirror'
import { runSeed } from '@rollcall/testkit/seed'
import { userHistory } from '@rollcall/testkit/user-history'
import fc from 'fast-check'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { applyPlan, deliveryPlan, type Plan } from './delivery-plan.ts'

/** Seeds of the past, kept because each once found something, or stands for the shape of history in its comment. */
const PINNED_SEEDS = [
  1, // ties: events alike in version and time, which only the message id tells apart
  20_261_123, // deletions before creations
  1_764_000_000, // duplicates within one batch and across batches
]

describe('convergence', () => {
  let mirror: TestMirror
  beforeAll(async () => {
    mirror = await createTestMirror()
  })
  afterAll(() => mirror[Symbol.asyncDispose]())

  async function rowsAfter(plan: Plan, concurrency: number): Promise<readonly Record<string, unknown>[]> {
    await applyPlan(mirror, plan, concurrency)
    const { rows } = await sql<Record<string, unknown>>`
      select *, null as synced_at, deleted_at is not null as deleted from clerk.users order by id`.execute(mirror.db)
    return rows
  }

  for (const seed of [...PINNED_SEEDS, runSeed()]) {
    test(`[G1] any order, repetition and batching of any events ends in the same rows (seed ${seed})`, async () => {
      await fc.assert(
        fc.asyncProperty(anyEvents.chain(twoPlans), async ([one, other]) => {
          expect(await rowsAfter(one, 1)).toEqual(await rowsAfter(other, 3))
        }),
        { seed, numRuns: 25 },
      )
    })

    test(`[G1] true histories of users end in what happened last (seed ${seed})`, async () => {
      const histories = fc.tuple(
        ...['user_a', 'user_b', 'user_c', 'user_d'].map((id) => userHistory(id, { min: 1, max: 7 })),
      )
      const told = histories.chain((lives) =>
        planOf(lives.flatMap((life) => life.events)).map((batches) => [lives, batches] as const),
      )
      await fc.assert(
        fc.asyncProperty(told, async ([lives, batches]) => {
          expect(await rowsAfter(batches, 2)).toMatchObject(lives.map((life) => life.expected))
        }),
        { seed, numRuns: 25 },
      )
    })
  }
})

/** Few users and few moments, so that events collide in every way: same row, same version, same time. */
const anyEvents: fc.Arbitrary<readonly UserEvent[]> = fc.array(
  fc.record({
    type: fc.constantFrom('user.created', 'user.updated', 'user.deleted'),
    id: fc.constantFrom('user_a', 'user_b', 'user_c'),
    occurredAt: fc.integer({ min: 1_764_000_000_000, max: 1_764_000_000_003 }),
    updatedAt: fc.option(fc.integer({ min: 1_764_000_000_000, max: 1_764_000_000_003 }), { nil: undefined }),
    fields: fc.record({ first_name: fc.string({ maxLength: 3, unit: 'binary' }) }),
  }),
  { minLength: 1, maxLength: 14 },
)

const planOf = (events: readonly UserEvent[]) => deliveryPlan(events.map(userBody))
const twoPlans = (events: readonly UserEvent[]) => fc.tuple(planOf(events), planOf(events))
