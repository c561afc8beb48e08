import { describe, expect, test } from 'vitest'
import { createBatcher } from './batcher.ts'

const turn = () => new Promise<void>((resolve) => setImmediate(resolve))
const fulfilled = <Value>(value: Value): PromiseSettledResult<Value> => ({ status: 'fulfilled', value })

/** A batcher whose flushes wait until the test ends them, each in its turn. */
function heldBatcher(limits: { maxItems: number; maxInFlight: number }) {
  const flushes: { items: readonly number[]; end: () => void }[] = []
  const batcher = createBatcher<number, number>({
    ...limits,
    async flush(items) {
      const { promise, resolve } = Promise.withResolvers<void>()
      flushes.push({ items, end: resolve })
      await promise
      return items.map(fulfilled)
    },
  })
  return { batcher, flushes, carried: () => flushes.map((flush) => flush.items) }
}

describe('createBatcher', () => {
  test('[B1] what is submitted in one turn of the event loop is one batch, microtasks between or not', async () => {
    const { batcher, flushes, carried } = heldBatcher({ maxItems: 10, maxInFlight: 10 })
    void batcher.submit(1)
    await Promise.resolve()
    void batcher.submit(2)
    await turn()
    void batcher.submit(3)
    await turn()

    expect(carried()).toEqual([[1, 2], [3]])
    for (const flush of flushes) flush.end()
    await batcher.drain()
  })

  test('[B1] a lone item does not wait for company', async () => {
    const { batcher, flushes, carried } = heldBatcher({ maxItems: 10, maxInFlight: 1 })
    const result = batcher.submit(1)
    await turn()

    expect(carried()).toEqual([[1]])
    flushes[0]!.end()
    expect(await result).toBe(1)
  })

  test('[B1] while as many batches as may be are in flight, what arrives is the next batch', async () => {
    const { batcher, flushes, carried } = heldBatcher({ maxItems: 10, maxInFlight: 2 })
    for (const item of [1, 2, 3, 4]) {
      void batcher.submit(item)
      await turn()
    }
    expect(carried()).toEqual([[1], [2]])
    expect(batcher.waiting).toBe(2)

    flushes[1]!.end()
    await turn()
    await turn()
    expect(carried()).toEqual([[1], [2], [3, 4]])
    expect(batcher.waiting).toBe(0)
    for (const flush of flushes) flush.end()
    await batcher.drain()
  })

  test('[B1] a batch has at most so many items; the rest go beside it', async () => {
    const { batcher, flushes, carried } = heldBatcher({ maxItems: 3, maxInFlight: 2 })
    for (let item = 1; item <= 7; item++) void batcher.submit(item)
    await turn()
    await turn()

    expect(carried()).toEqual([
      [1, 2, 3],
      [4, 5, 6],
    ])
    flushes[0]!.end()
    await turn()
    await turn()
    expect(carried()[2]).toEqual([7])
    for (const flush of flushes) flush.end()
    await batcher.drain()
  })

  test('[B2] one bad item fails alone', async () => {
    const batcher = createBatcher<number, number>({
      maxItems: 10,
      maxInFlight: 1,
      flush: async (items) =>
        items.map((item) => (item === 2 ? { status: 'rejected', reason: new Error('bad') } : fulfilled(item * 10))),
    })

    expect(await Promise.allSettled([1, 2, 3].map((item) => batcher.submit(item)))).toEqual([
      fulfilled(10),
      { status: 'rejected', reason: new Error('bad') },
      fulfilled(30),
    ])
  })

  test('[B2] a flush that throws fails its batch and no other', async () => {
    const batcher = createBatcher<number, number>({
      maxItems: 2,
      maxInFlight: 1,
      async flush(items) {
        if (items.includes(1)) throw new Error('away')
        return items.map(fulfilled)
      },
    })

    const results = await Promise.allSettled([1, 2, 3].map((item) => batcher.submit(item)))

    expect(results.map((result) => result.status)).toEqual(['rejected', 'rejected', 'fulfilled'])
    expect(await batcher.submit(4)).toBe(4)
  })

  test('[B2] a flush that throws at once, or forgets an item, settles all the same', async () => {
    const throwing = createBatcher<number, number>({
      maxItems: 2,
      maxInFlight: 1,
      flush() {
        throw new Error('at once')
      },
    })
    await expect(throwing.submit(1)).rejects.toThrow('at once')

    const forgetful = createBatcher<number, number>({ maxItems: 2, maxInFlight: 1, flush: async () => [fulfilled(1)] })
    const [first, second] = await Promise.allSettled([forgetful.submit(1), forgetful.submit(2)])
    expect(first).toEqual(fulfilled(1))
    expect(second).toMatchObject({ status: 'rejected', reason: { message: expect.stringContaining('no result') } })
  })

  test('[B1] what waits can be taken back; what a flush carries cannot', async () => {
    const { batcher, flushes, carried } = heldBatcher({ maxItems: 1, maxInFlight: 1 })
    void batcher.submit(1)
    await turn()
    void batcher.submit(2)
    void batcher.submit(3)

    expect([batcher.withdraw(1), batcher.withdraw(2), batcher.withdraw(2), batcher.withdraw(9)]).toEqual([
      false,
      true,
      false,
      false,
    ])
    flushes[0]!.end()
    await turn()
    await turn()
    expect(carried()).toEqual([[1], [3]])
    flushes[1]!.end()
    await batcher.drain()
  })

  test('[B1] taking back all that waits flushes nothing', async () => {
    const { batcher, carried } = heldBatcher({ maxItems: 1, maxInFlight: 1 })
    void batcher.submit(1)
    batcher.withdraw(1)
    await turn()

    expect(carried()).toEqual([])
    await batcher.drain()
  })

  test('[B1] drain waits for what is in flight and for what waits behind it', async () => {
    const { batcher, flushes, carried } = heldBatcher({ maxItems: 1, maxInFlight: 1 })
    const results = Promise.all([batcher.submit(1), batcher.submit(2)])
    let isDrained = false
    const drained = batcher.drain().then(() => {
      isDrained = true
    })

    await turn()
    expect(isDrained).toBe(false)
    flushes[0]!.end()
    await turn()
    await turn()
    expect([isDrained, carried()]).toEqual([false, [[1], [2]]])
    flushes[1]!.end()
    await drained
    expect(await results).toEqual([1, 2])
  })
})
