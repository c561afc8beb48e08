export interface Batcher<Item, Result> {
  /** Settles with the item's own result once the batch that holds it has been flushed. */
  submit(item: Item): Promise<Result>
  /** Takes an item back that no flush has begun to carry. False if it is too late for that, or it was never here. */
  withdraw(item: Item): boolean
  /** Items that no flush has begun to carry. */
  readonly waiting: number
  /** Resolves when everything submitted so far has settled. */
  drain(): Promise<void>
}

interface Waiting<Item, Result> {
  readonly item: Item
  readonly settle: PromiseWithResolvers<Result>
}

/**
 * Group commit. Everything submitted in one turn of the event loop joins one batch; while `maxInFlight` batches are
 * being flushed, whatever arrives forms the next one. Batches therefore grow with load and shrink to one without it,
 * and there is no delay to tune [B1].
 *
 * A flush returns one settled result per item, in order, so one bad item never fails its neighbours [B2]. If it
 * throws, every item of that batch fails alike.
 *
 * A turn is closed by `setImmediate`, not by a microtask: microtasks run between two sockets that became readable at
 * the same time, and would cut a batch after its first item.
 */
export function createBatcher<Item, Result>(options: {
  maxItems: number
  maxInFlight: number
  flush: (items: readonly Item[]) => Promise<readonly PromiseSettledResult<Result>[]>
}): Batcher<Item, Result> {
  const waiting: Waiting<Item, Result>[] = []
  const inFlight = new Set<Promise<void>>()
  let scheduled = false

  function schedule(): void {
    if (scheduled || waiting.length === 0 || inFlight.size >= options.maxInFlight) return
    scheduled = true
    setImmediate(() => {
      scheduled = false
      if (waiting.length === 0) return // all taken back meanwhile
      const flushing = flush(waiting.splice(0, options.maxItems))
      inFlight.add(flushing)
      void flushing.then(() => {
        inFlight.delete(flushing)
        schedule()
      })
      schedule()
    })
  }

  async function flush(batch: readonly Waiting<Item, Result>[]): Promise<void> {
    try {
      const results = await options.flush(batch.map((entry) => entry.item))
      for (const [i, { settle }] of batch.entries()) {
        const result = results[i]
        if (result?.status === 'fulfilled') settle.resolve(result.value)
        else settle.reject(result?.reason ?? new Error('the flush returned no result for this item'))
      }
    } catch (error) {
      for (const { settle } of batch) settle.reject(error)
    }
  }

  return {
    submit(item) {
      const settle = Promise.withResolvers<Result>()
      waiting.push({ item, settle })
      schedule()
      return settle.promise
    },
    withdraw(item) {
      const index = waiting.findIndex((entry) => entry.item === item)
      if (index >= 0) waiting.splice(index, 1)
      return index >= 0
    },
    get waiting() {
      return waiting.length
    },
    async drain() {
      while (waiting.length > 0 || inFlight.size > 0) {
        await Promise.race([...inFlight, new Promise((resolve) => setImmediate(resolve))])
      }
    },
  }
}
