import { deliveryOf } from '@rollcall/testkit/deliveries'
import { BACKENDS, createQueue, type TestQueue } from '@rollcall/testkit/queue'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { JobQueue } from './job-queue.ts'
import { locateQueue, openQueue } from './open-queue.ts'

describe.each(BACKENDS)('a queue in %s', (backend) => {
  let seen: TestQueue
  let queue: JobQueue
  let opened: AsyncDisposableStack

  const open = () => {
    const location = locateQueue({
      REDIS_URL: seen.variables.REDIS_URL?.split(','),
      QUEUE_PREFIX: seen.variables.QUEUE_PREFIX ?? 'rollcall',
      DATABASE_URL: seen.variables.DATABASE_URL,
      DATABASE_SCHEMA: 'clerk',
      DATABASE_POOL_SIZE: 5,
    })
    return opened.adopt(openQueue(location, rethrow), (queue) => queue.close())
  }

  beforeEach(async () => {
    opened = new AsyncDisposableStack()
    seen = opened.use(await createQueue(backend))
    queue = open()
  })
  afterEach(() => opened.disposeAsync())

  const deliveries = (count: number) =>
    Array.from({ length: count }, (_, i) => deliveryOf({ n: i }, { messageId: `msg_${i}` }))

  test('[Q1] a batch is there as soon as it is added', async () => {
    await queue.add(deliveries(100))

    expect(await queue.counts()).toEqual({ waiting: 100, active: 0, delayed: 0, failed: 0 })
    expect((await seen.jobs()).map((job) => job.delivery)).toEqual(expect.arrayContaining(deliveries(100)))
  })

  test('[Q2] a batch that holds one message several times is one job of it', async () => {
    const delivery = deliveryOf({}, { messageId: 'msg_1' })
    await queue.add([delivery, delivery, delivery])
    expect(await queue.counts()).toMatchObject({ waiting: 1 })
  })

  test('[Q2] of a batch only those whose jobs failed run again, and new ones are added', async () => {
    const [first, second, third] = deliveries(3)
    await queue.add([first!])
    await seen.failNext()
    await queue.add([second!])

    await queue.add([third!, second!, first!, first!])

    expect(await queue.counts()).toEqual({ waiting: 3, active: 0, delayed: 0, failed: 0 })
  })

  test('[Q2] receivers that take the same messages at the same time do not get in each other’s way', async () => {
    const other = open()
    for (let round = 0; round < 20; round++) {
      const batch = Array.from({ length: 50 }, (_, i) => deliveryOf({}, { messageId: `msg_${round}_${i}` }))
      await Promise.all([queue.add(batch), other.add(batch.toReversed())])
    }
    expect(await queue.counts()).toMatchObject({ waiting: 1_000 })
  })

  test('[Q6] it tells how long the next job has waited, paused or not, and nothing of an empty queue', async () => {
    expect(await queue.state()).toEqual({
      counts: { waiting: 0, active: 0, delayed: 0, failed: 0 },
      isPaused: false,
      oldestWaitingAt: undefined,
    })
    const before = Date.now()
    await queue.add([deliveryOf({}, { messageId: 'msg_first' })])
    const after = Date.now()
    await queue.add([deliveryOf({}, { messageId: 'msg_second' })])
    await queue.pause()

    const { counts, isPaused, oldestWaitingAt } = await queue.state()
    expect({ waiting: counts.waiting, isPaused }).toEqual({ waiting: 2, isPaused: true })
    expect(oldestWaitingAt!.getTime()).toBeGreaterThanOrEqual(before)
    expect(oldestWaitingAt!.getTime()).toBeLessThanOrEqual(after)

    await queue.resume()
    expect(await queue.state()).toMatchObject({ counts: { waiting: 2 }, isPaused: false })
  })

  test('[Y1] of messages that are named, those that failed run again with what their jobs hold', async () => {
    const [first, second] = deliveries(2)
    await queue.add([first!])
    await seen.failNext()
    await queue.add([second!])
    const ids = ['msg_0', 'msg_1', 'msg_none']

    expect(await queue.failedAmong(ids)).toEqual(['msg_0'])
    expect(await queue.retryFailed(ids)).toEqual(['msg_0'])
    expect(await queue.failedAmong(ids)).toEqual([])
    expect(await queue.counts()).toMatchObject({ waiting: 2, failed: 0 })
  })

  test('[Q4] it says that it answers', async () => {
    expect(await queue.check()).toMatchObject({ status: 'passed' })
  })
})

const rethrow = (error: Error): never => {
  throw error
}
