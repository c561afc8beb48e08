import { applyBatch } from '@rollcall/mirror/apply'
import type { QueuedDelivery } from '@rollcall/queue/body-codec'
import { JOB, JOB_OPTIONS, QUEUE } from '@rollcall/queue/names'
import { locateQueue } from '@rollcall/queue/open-queue'
import { openWorker } from '@rollcall/queue/open-worker'
import { createRedis } from '@rollcall/queue/redis-client'
import { shardPrefix } from '@rollcall/queue/shards'
import { captureLog } from '@rollcall/testkit/captured-log'
import { keepingOf } from '@rollcall/testkit/catalog'
import { deliveryOf } from '@rollcall/testkit/deliveries'
import { createTestMirror } from '@rollcall/testkit/mirror'
import { createQueue } from '@rollcall/testkit/queue'
import { runSeed } from '@rollcall/testkit/seed'
import { until } from '@rollcall/testkit/wait'
import { Queue } from 'bullmq'
import { expect, test } from 'vitest'
import { burstOfUsers } from '../burst-of-users.ts'
import { mirroredUsers, sendAll, startPipeline } from '../pipeline.ts'

/** Both look after the jobs of dead workers, each other's too, and often. */
const LOCK_MS = 5_000

/** How the first version put them on the queue at a time. */
const STEP = 25

const seed = runSeed()

test(`[S3] [Q50] two versions of receiver and worker on one queue, under load: each event is settled once (seed ${seed})`, async () => {
  await using opened = new AsyncDisposableStack()
  const { messages, distinct, expected } = burstOfUsers({ users: 100, eventsEach: 10, seed })
  const queue = opened.use(await createQueue('redis'))
  const mirror = opened.use(await createTestMirror())
  const { log, lines } = captureLog()
  const few = { BATCH_SIZE: '20', BATCHES_IN_FLIGHT: '1' } // or the newer one has them all in hand
  const variables = { ...queue.variables, ...few, DATABASE_URL: mirror.databaseUrl, JOB_LOCK_MS: String(LOCK_MS) }
  const { REDIS_URL, QUEUE_PREFIX } = queue.variables
  const errors: string[] = []
  const onError = (error: Error) => void errors.push(error.message)

  // As it began: BullMQ's own queue and worker, job by job; bodies as they are.
  const client = opened.adopt(createRedis([REDIS_URL!], onError), (each) => each.disconnect())
  const older = opened.adopt(
    new Queue<QueuedDelivery>(QUEUE, { connection: client, prefix: shardPrefix(QUEUE_PREFIX!, 0) }),
    (each) => each.close(),
  )
  const location = locateQueue({
    REDIS_URL: [REDIS_URL!],
    QUEUE_PREFIX: QUEUE_PREFIX!,
    DATABASE_SCHEMA: 'clerk',
    DATABASE_POOL_SIZE: 1,
  })
  const settledByOlder = new Set<string>()
  const olderWorker = openWorker<QueuedDelivery>(
    location,
    QUEUE,
    async ({ data, attemptsMade }) => {
      const attempt = { delivery: location.codec.unpack(data), attempts: attemptsMade + 1 }
      const [settled] = await applyBatch(mirror, [attempt], keepingOf(mirror.catalog))
      if (settled!.status === 'rejected') throw settled!.reason
      if (settled!.value.outcome !== 'duplicate') settledByOlder.add(attempt.delivery.messageId)
    },
    { concurrency: 20, lockDuration: LOCK_MS, stalledInterval: LOCK_MS / 2, maxStalledCount: 1_000 },
    onError,
  )
  opened.adopt(olderWorker, (each) => each.close())
  const pipeline = opened.use(await startPipeline(variables, log))

  const [newer, old] = [messages.filter((_, i) => i % 2 === 0), messages.filter((_, i) => i % 2 === 1)]
  const addAsBefore = async () => {
    for (let i = 0; i < old.length; i += STEP) {
      await older.addBulk(
        old.slice(i, i + STEP).map(({ body, messageId }) => ({
          name: JOB,
          data: deliveryOf(body, { messageId }),
          opts: { ...JOB_OPTIONS, jobId: messageId },
        })),
      )
    }
  }
  const [statuses] = await Promise.all([sendAll(pipeline, newer, 16), addAsBefore()])
  expect(new Set(statuses)).toEqual(new Set([200]))
  await pipeline.untilSettled(distinct, 60_000)
  await until(async () => (await queue.jobs()).length === 0, { timeoutMs: 30_000, what: 'the queue is empty' })

  expect(await mirroredUsers(pipeline)).toEqual(expected)
  const outcomes = await pipeline.query<{ outcome: string; attempts: number }>(
    'select distinct outcome, attempts from clerk.webhook_events order by 1',
  )
  expect(outcomes.filter(({ outcome, attempts }) => attempts !== 1 || outcome === 'failed')).toEqual([])
  const settledByNewer = new Set(
    lines('event.settled').flatMap(({ messageId, outcome }) => (outcome === 'duplicate' ? [] : [messageId as string])),
  )
  expect(settledByNewer.intersection(settledByOlder)).toEqual(new Set())
  expect(settledByNewer.size + settledByOlder.size).toBe(distinct)
  expect(Math.min(settledByNewer.size, settledByOlder.size), 'both have settled some').toBeGreaterThan(0)
  // On a slow machine a lock may be lost, which is no harm.
  expect(errors.filter((message) => !/lock/i.test(message))).toEqual([])
  console.log(`${settledByNewer.size} were settled by the newer, ${settledByOlder.size} by the older worker`)
})
