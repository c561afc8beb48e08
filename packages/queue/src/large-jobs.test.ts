import { deliveryOf } from '@rollcall/testkit/deliveries'
import { createQueue } from '@rollcall/testkit/queue'
import { until } from '@rollcall/testkit/wait'
import { expect, test } from 'vitest'
import { openBulkWorker } from './bulk-worker.ts'
import type { JobEnd } from './delivery-job.ts'
import { locateQueue, openQueue } from './open-queue.ts'
import { createRedis } from './redis-client.ts'
import { shardPrefix } from './shards.ts'

const rethrow = (error: Error): never => {
  throw error
}

test('[W24] of large jobs a worker has fewer in hand, takes the others as those end, and all in their order', async () => {
  await using opened = new AsyncDisposableStack()
  const seen = opened.use(await createQueue('redis'))
  const { REDIS_URL, QUEUE_PREFIX } = seen.variables
  const location = locateQueue({
    REDIS_URL: [REDIS_URL!],
    QUEUE_PREFIX: QUEUE_PREFIX!,
    QUEUE_COMPRESSION: 'off',
    DATABASE_SCHEMA: 'clerk',
    DATABASE_POOL_SIZE: 1,
  })
  const queue = openQueue(location, rethrow)
  opened.defer(() => queue.close())
  const body = 'x'.repeat(1_000_000)
  for (let i = 0; i < 40; i += 1) await queue.add([deliveryOf(body, { messageId: `msg_${i}` })])

  const inHand = new Map<string, PromiseWithResolvers<JobEnd>>()
  const begun: string[] = []
  const client = opened.adopt(createRedis([REDIS_URL!], rethrow), (each) => each.disconnect())
  const worker = openBulkWorker(
    client,
    shardPrefix(QUEUE_PREFIX!, 0),
    ({ queued }) => {
      begun.push(queued.messageId)
      const ending = Promise.withResolvers<JobEnd>()
      inHand.set(queued.messageId, ending)
      return ending.promise
    },
    { concurrency: 300, lockMs: 30_000, maxStalledCount: 1 },
    rethrow,
  )
  opened.defer(() => worker.close())

  // 300 times 16 KB are 5 MB: a job more than that, and what a step brings beyond it.
  await until(() => begun.length >= 5, { timeoutMs: 30_000, what: 'jobs are in hand' })
  while (begun.length < 40) {
    expect(inHand.size).toBeLessThanOrEqual(9)
    const before = begun.length
    for (const [id, ending] of [...inHand].slice(0, 3)) {
      inHand.delete(id)
      ending.resolve({ end: 'completed' })
    }
    await until(() => begun.length > before, { timeoutMs: 30_000, what: 'the next ones are taken' })
  }
  for (const ending of inHand.values()) ending.resolve({ end: 'completed' })
  expect(begun).toEqual(Array.from({ length: 40 }, (_, i) => `msg_${i}`))
  await until(async () => (await seen.jobs()).length === 0, { timeoutMs: 30_000, what: 'the queue is empty' })
})
