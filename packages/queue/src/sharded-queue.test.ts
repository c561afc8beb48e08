import { deliveryOf } from '@rollcall/testkit/deliveries'
import { createQueue, seeQueue, type TestQueue } from '@rollcall/testkit/queue'
import { until } from '@rollcall/testkit/wait'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { JobEnd } from './delivery-job.ts'
import type { JobQueue } from './job-queue.ts'
import { openDeliveryWorkers } from './open-delivery-workers.ts'
import { locateQueue, openQueue } from './open-queue.ts'

const SHARDS = 4

describe('a queue of several shards', () => {
  let seen: TestQueue
  let opened: AsyncDisposableStack

  const locate = (shards: number) =>
    locateQueue({
      REDIS_URL: [seen.variables.REDIS_URL!],
      QUEUE_PREFIX: seen.variables.QUEUE_PREFIX!,
      QUEUE_SHARDS: shards,
      DATABASE_SCHEMA: 'clerk',
      DATABASE_POOL_SIZE: 1,
    })
  const open = (shards: number): JobQueue => opened.adopt(openQueue(locate(shards), rethrow), (queue) => queue.close())
  const jobsOn = (shards: number) => seeQueue({ ...seen.variables, QUEUE_SHARDS: String(shards) }).jobs()

  /** A worker that is configured for so many, and what it has been handed. */
  function work(shards: number, process: (messageId: string) => Promise<JobEnd> = async () => ({ end: 'completed' })) {
    const taken: string[] = []
    const workers = openDeliveryWorkers(
      locate(shards),
      async ({ queued }) => {
        const ended = await process(queued.messageId)
        taken.push(queued.messageId)
        return ended
      },
      { concurrency: 200, lockMs: 30_000, maxStalledCount: 1 },
      rethrow,
    )
    opened.adopt(workers, (workers) => workers.close())
    return taken
  }

  beforeEach(async () => {
    opened = new AsyncDisposableStack()
    seen = opened.use(await createQueue('redis'))
  })
  afterEach(() => opened.disposeAsync())

  test('[Q30] spreads what it is given, keeps a message one job, and tells of all as of one', async () => {
    const queue = open(SHARDS)
    await Promise.all([queue.add(events(200)), queue.add(events(200))])

    expect(await jobsOn(SHARDS)).toHaveLength(200)
    const first = await jobsOn(1)
    expect(first.length).toBeGreaterThan(20)
    expect(first.length).toBeLessThan(80)
    const state = await queue.state()
    expect(state).toMatchObject({ counts: { waiting: 200, active: 0, delayed: 0, failed: 0 }, isPaused: false })
    expect(Date.now() - state.oldestWaitingAt!.getTime()).toBeLessThan(60_000)
  })

  test('[Q30] failed jobs are found, retried and removed, in whichever shard they are', async () => {
    const queue = open(SHARDS)
    const ids = events(40).map(({ messageId }) => messageId)
    const attempts = new Map<string, number>()
    work(SHARDS, async (messageId) => {
      attempts.set(messageId, (attempts.get(messageId) ?? 0) + 1)
      return { end: 'failed', error: new Error('it is broken') }
    })
    await queue.add(events(40))
    const failed = (count: number) =>
      until(async () => (await queue.counts()).failed === count, { timeoutMs: 20_000, what: `${count} have failed` })
    await failed(40)
    expect(new Set(await queue.failedAmong([...ids, 'msg_unknown']))).toEqual(new Set(ids))

    await queue.add(events(20)) // which are delivered again
    await queue.retryFailed(ids.slice(20))
    await until(() => ids.every((id) => attempts.get(id) === 2), { timeoutMs: 20_000, what: 'all ran again' })
    await failed(40)
    await queue.removeFailed(ids)
    expect(await queue.counts()).toEqual({ waiting: 0, active: 0, delayed: 0, failed: 0 })
  })

  test('[Q31] shards that a receiver adds are worked off by a worker that was told of fewer, and nothing is lost', async () => {
    const taken = work(1)
    await open(1).add(events(100))
    await open(SHARDS).add(events(200))
    await until(() => new Set(taken).size === 200, { timeoutMs: 30_000, what: 'every message was handed out' })
  })

  test('[Q31] where shards are taken away, what waits in them is worked off and found', async () => {
    await open(SHARDS).add(events(200))
    const queue = open(1)
    expect((await queue.counts()).waiting).toBe(200)
    const taken = work(1)
    await until(() => taken.length === 200, { timeoutMs: 30_000, what: 'every message was handed out' })
  })

  test('[Q6] a pause holds in every shard, those included that are added while it lasts', async () => {
    const few = open(2)
    await few.add(events(50))
    await few.pause()
    const many = open(SHARDS)
    await many.add(events(200))
    const taken = work(SHARDS)
    expect((await many.state()).isPaused).toBe(true)
    // What a look at the queue takes, a worker would have needed to be handed something.
    for (let look = 0; look < 20; look++) await many.state()
    expect(taken).toEqual([])
    await few.resume()
    await until(() => new Set(taken).size === 200, { timeoutMs: 30_000, what: 'every message was handed out' })
  })
})

const events = (count: number) =>
  Array.from({ length: count }, (_, i) =>
    deliveryOf({ type: 'user.updated', data: { id: `user_${i}` } }, { messageId: `msg_${i}` }),
  )

const rethrow = (error: Error): never => {
  throw error
}
