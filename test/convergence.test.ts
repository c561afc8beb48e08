import { applyBatch } from '@rollcall/mirror/apply'
import type { Delivery } from '@rollcall/shared/delivery'
import { keepingOf } from '@rollcall/testkit/catalog'
import { deliveryOf, type UserEvent, userBody } from '@rollcall/testkit/deliveries'
import { createTestMirror, type TestMirror } from '@rollcall/testkit/mirror'
import { runSeed } from '@rollcall/testkit/seed'
import { userHistory } from '@rollcall/testkit/user-history'
import fc from 'fast-check'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

/** Batches in the order of their arrival. */
type Plan = readonly (readonly Delivery[])[]

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
    await mirror.clear()
    const batches = plan.values()
    await Promise.all(
      Array.from({ length: concurrency }, async () => {
        for (const batch of batches) await applyAll(batch)
      }),
    )
    const { rows } = await sql<Record<string, unknown>>`
      select *, null as synced_at, deleted_at is not null as deleted from clerk.users order by id`.execute(mirror.db)
    return rows
  }

  /** As the worker does: what could not be written is tried again. */
  async function applyAll(batch: readonly Delivery[]): Promise<void> {
    let left = batch.map((delivery) => ({ delivery, attempts: 1 }))
    while (left.length > 0) {
      const settled = await applyBatch(mirror, left, keepingOf(mirror.catalog))
      left = left.filter((_, i) => settled[i]!.status === 'rejected')
    }
  }

  for (const seed of [...PINNED_SEEDS, runSeed()]) {
    test(`[G1] any order, repetition and batching of any events ends in the same rows (seed ${seed})`, async () => {
      await fc.assert(
        fc.asyncProperty(anyEvents.chain(twoPlans), async ([one, other]) => {
          expect(await rowsAfter(one, 1)).toEqual(await rowsAfter(other, 3))
        }),
        { seed, numRuns: 60 },
      )
    })

    test(`[G1] true histories of users end in what happened last (seed ${seed})`, async () => {
      const histories = fc.tuple(
        ...['user_a', 'user_b', 'user_c', 'user_d'].map((id) => userHistory(id, { min: 1, max: 7 })),
      )
      const told = histories.chain((lives) =>
        plan(lives.flatMap((life) => life.events)).map((batches) => [lives, batches] as const),
      )
      await fc.assert(
        fc.asyncProperty(told, async ([lives, batches]) => {
          expect(await rowsAfter(batches, 2)).toMatchObject(lives.map((life) => life.expected))
        }),
        { seed, numRuns: 40 },
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

const twoPlans = (events: readonly UserEvent[]) => fc.tuple(plan(events), plan(events))

/** Every event at least once, some twice, in any order, cut into batches anywhere. The n-th event is message n. */
function plan(events: readonly UserEvent[]): fc.Arbitrary<Plan> {
  const deliveries = events.map((event, i) => deliveryOf(userBody(event), { messageId: `msg_${i}` }))
  return fc
    .tuple(fc.subarray(deliveries), fc.integer({ min: 1, max: 5 }))
    .chain(([repeated, size]) =>
      fc
        .shuffledSubarray([...deliveries, ...repeated], { minLength: deliveries.length + repeated.length })
        .map((all) =>
          Array.from({ length: Math.ceil(all.length / size) }, (_, i) => all.slice(i * size, (i + 1) * size)),
        ),
    )
}
