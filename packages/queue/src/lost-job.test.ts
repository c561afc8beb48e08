import { deliveryOf } from '@rollcall/testkit/deliveries'
import { createQueue } from '@rollcall/testkit/queue'
import { until } from '@rollcall/testkit/wait'
import { expect, test } from 'vitest'
import { openBulkWorker } from './bulk-worker.ts'
import { locateQueue, openQueue } from './open-queue.ts'
import { createRedis } from './redis-client.ts'
import { shardPrefix } from './shards.ts'
import { takeJobs } from './take-jobs.ts'

/** Long enough that no machine stands still for as long. */
const LOCK_MS = 4_000

test('[Q64] a job whose content was lost while its worker was dead holds up nothing, and its message is taken when it comes again', async () => {
  await using opened = new AsyncDisposableStack()
  const { REDIS_URL, QUEUE_PREFIX } = opened.use(await createQueue('redis')).variables
  const variables = { REDIS_URL: [REDIS_URL!], QUEUE_PREFIX: QUEUE_PREFIX!, DATABASE_SCHEMA: 'clerk' }
  const location = locateQueue({ ...variables, DATABASE_POOL_SIZE: 1 })
  const queue = opened.adopt(openQueue(location, rethrow), (open) => open.close())
  const client = opened.adopt(createRedis([REDIS_URL!], rethrow), (open) => open.disconnect())
  const prefix = shardPrefix(QUEUE_PREFIX!, 0)
  const toKey = (name: string) => `${prefix}:webhooks:${name}`
  const delivery = deliveryOf({ type: 'user.created' }, { messageId: 'msg_1' })

  await queue.add([delivery])
  await takeJobs(client, toKey, { token: 'of a dead worker', lockMs: 1, most: 1, now: Date.now() })
  await client.del(toKey('msg_1'))

  const taken: string[] = []
  const worker = openBulkWorker(
    client,
    prefix,
    async ({ queued }) => {
      taken.push(queued.messageId)
      return { end: 'completed' }
    },
    { concurrency: 10, lockMs: LOCK_MS, maxStalledCount: 100 },
    rethrow,
  )
  opened.adopt(worker, (open) => open.close())
  const isGone = async () => (await client.exists(toKey('active'), toKey('wait'))) === 0
  await until(isGone, { timeoutMs: 30_000, what: 'what is left of the job is gone' })
  expect(taken).toEqual([])
  expect(await client.exists(toKey('msg_1'))).toBe(0)

  await queue.add([delivery])
  await until(() => taken.length === 1, { timeoutMs: 30_000, what: 'the message is handed out' })
})

function rethrow(error: Error): never {
  throw error
}
