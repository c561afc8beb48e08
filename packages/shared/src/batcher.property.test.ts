import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createBatcher } from './batcher.ts'

const turn = () => new Promise<void>((resolve) => setImmediate(resolve))

test('[B1] [B2] whatever arrives when, each item is carried once, in order and within limits, and gets its own result', async () => {
  const script = fc.record({
    maxItems: fc.integer({ min: 1, max: 5 }),
    maxInFlight: fc.integer({ min: 1, max: 3 }),
    /** How many items each turn brings. */
    arrivals: fc.array(fc.nat({ max: 7 }), { maxLength: 12 }),
    /** How many turns each flush takes, and whether it throws. */
    flushes: fc.array(fc.record({ turns: fc.nat({ max: 4 }), throws: fc.boolean() }), { minLength: 1, maxLength: 6 }),
  })

  await fc.assert(
    fc.asyncProperty(script, async ({ maxItems, maxInFlight, arrivals, flushes }) => {
      const batches: { readonly items: readonly number[]; readonly throws: boolean }[] = []
      let inFlight = 0
      const batcher = createBatcher<number, number>({
        maxItems,
        maxInFlight,
        async flush(items) {
          const { turns, throws } = flushes[batches.length % flushes.length]!
          batches.push({ items, throws })
          expect(++inFlight).toBeLessThanOrEqual(maxInFlight)
          for (let i = 0; i < turns; i++) await turn()
          inFlight--
          if (throws) throw new Error('the whole batch')
          return items.map((item) =>
            item % 3 === 0 ? { status: 'rejected', reason: item } : { status: 'fulfilled', value: item * 10 },
          )
        },
      })

      const settled: Promise<PromiseSettledResult<number>[]>[] = []
      let submitted = 0
      for (const count of arrivals) {
        settled.push(Promise.allSettled(Array.from({ length: count }, () => batcher.submit(submitted++))))
        await turn()
      }
      await batcher.drain()

      expect([batcher.waiting, inFlight]).toEqual([0, 0])
      expect(batches.flatMap(({ items }) => items)).toEqual(Array.from({ length: submitted }, (_, i) => i))
      expect(batches.every(({ items }) => items.length > 0 && items.length <= maxItems)).toBe(true)
      const thrown = new Set(batches.filter(({ throws }) => throws).flatMap(({ items }) => items))
      for (const [item, result] of (await Promise.all(settled)).flat().entries()) {
        if (thrown.has(item)) expect(result).toMatchObject({ reason: { message: 'the whole batch' } })
        else if (item % 3 === 0) expect(result).toEqual({ status: 'rejected', reason: item })
        else expect(result).toEqual({ status: 'fulfilled', value: item * 10 })
      }
    }),
    { numRuns: 300 },
  )
})
