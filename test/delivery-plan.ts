import { createSecretKey, randomBytes } from 'node:crypto'
import { applyBatch } from '@rollcall/mirror/apply'
import { createBodyCodec } from '@rollcall/queue/body-codec'
import type { Delivery } from '@rollcall/shared/delivery'
import type { Json } from '@rollcall/shared/json'
import { keepingOf } from '@rollcall/testkit/catalog'
import { deliveryOf } from '@rollcall/testkit/deliveries'
import type { TestMirror } from '@rollcall/testkit/mirror'
import fc from 'fast-check'

/** Batches in the order of their arrival. */
export type Plan = readonly (readonly Delivery[])[]

/** Every event at least once, some twice, in any order, cut into batches anywhere. The n-th event is message n. */
export function deliveryPlan(bodies: readonly Json[]): fc.Arbitrary<Plan> {
  const deliveries = bodies.map((body, i) => deliveryOf(body, { messageId: `msg_${i}` }))
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

/** Applies a plan to an empty mirror, by so many writers at once. As the worker does: what could not be written is tried again. */
export async function applyPlan(mirror: TestMirror, plan: Plan, writers: number): Promise<void> {
  await mirror.clear()
  const batches = plan.values()
  await Promise.all(
    Array.from({ length: writers }, async () => {
      for (const batch of batches) await applyAll(mirror, batch)
    }),
  )
}

/** As a job holds it, and a worker reads it: compressed and encrypted. */
const codec = createBodyCodec({ compression: true, encryptionKeys: [createSecretKey(randomBytes(32))] })
const throughTheQueue = (delivery: Delivery): Delivery => codec.unpack(JSON.parse(JSON.stringify(codec.pack(delivery))))

async function applyAll(mirror: TestMirror, batch: readonly Delivery[]): Promise<void> {
  let left = batch.map((delivery) => ({ delivery: throughTheQueue(delivery), attempts: 1 }))
  while (left.length > 0) {
    const settled = await applyBatch(mirror, left, keepingOf(mirror.catalog))
    left = left.filter((_, i) => settled[i]!.status === 'rejected')
  }
}
