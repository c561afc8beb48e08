import { deliveryOf } from '@rollcall/testkit/deliveries'
import { startLossyNetwork } from '@rollcall/testkit/lossy-network'
import { BACKENDS, type Backend, createQueue } from '@rollcall/testkit/queue'
import { until } from '@rollcall/testkit/wait'
import { Worker } from 'bullmq'
import { expect, test } from 'vitest'
import type { ProcessJob } from './delivery-job.ts'
import { QUEUE } from './names.ts'
import { openDeliveryWorkers } from './open-delivery-workers.ts'
import { locateQueue, openQueue } from './open-queue.ts'
import { createRedis } from './redis-client.ts'
import { returnOrphans } from './redis-orphans.ts'
import { shardPrefix } from './shards.ts'
import { takeJobs } from './take-jobs.ts'

/** So long that nothing here is handed out again because a lock has run out. */
const LOCK_MS = 600_000

/** As `body` it is found in the answer that hands it out, however it is told there. */
const eventOf = (messageId: string) => deliveryOf(`body of ${messageId}`, { messageId })

test.each(BACKENDS)(
  '[Q65] on %s, what a worker was handed in an answer that was lost is handed out again by itself, and nothing else is',
  async (backend) => {
    await using opened = new AsyncDisposableStack()
    const { variables, jobs } = opened.use(await createQueue(backend))
    const server = variables[URL_OF[backend]]!
    const network = opened.use(await startLossyNetwork(server))
    const queue = opened.adopt(openQueue(locate(variables), ignore), (open) => open.close())

    const taken: (readonly [messageId: string, attemptsMade: number])[] = []
    const done = Promise.withResolvers<void>()
    const process: ProcessJob = async ({ queued: { messageId }, attemptsMade }) => {
      taken.push([messageId, attemptsMade])
      if (messageId === 'msg_first') await done.promise
      return { end: 'completed' }
    }
    const settings = { concurrency: 10, lockMs: LOCK_MS, maxStalledCount: 100 }
    const ours = locate({ ...variables, [URL_OF[backend]]: network.url })
    opened.adopt(openDeliveryWorkers(ours, process, settings, ignore), (worker) => worker.close())
    opened.defer(done.resolve)

    await queue.add([eventOf('msg_first')])
    await until(() => taken.length === 1, { timeoutMs: 30_000, what: 'the first is in hand' })
    const lost = network.loseAnswer('body of msg_orphan')
    await queue.add([eventOf('msg_orphan')])
    await lost
    await until(() => taken.length > 1, { timeoutMs: 30_000, what: 'the one whose answer was lost is in hand' })
    done.resolve()
    await until(async () => (await jobs()).length === 0, { timeoutMs: 30_000, what: 'the queue is empty' })
    expect(taken).toEqual([
      ['msg_first', 0],
      ['msg_orphan', 0],
    ])
  },
)

test('[Q65] [Q64] on redis, they are given back oldest first, before what waits; one that has lost its content keeps back none', async () => {
  await using opened = new AsyncDisposableStack()
  const { variables, jobs } = opened.use(await createQueue('redis'))
  const queue = opened.adopt(openQueue(locate(variables), ignore), (open) => open.close())
  const client = opened.adopt(createRedis([variables.REDIS_URL!], ignore), (open) => open.disconnect())
  const prefix = shardPrefix(variables.QUEUE_PREFIX!, 0)
  const worker = new Worker(QUEUE, null, { connection: client, prefix, autorun: false })
  opened.adopt(worker, (open) => open.close())
  const toKey = (name: string) => worker.toKey(name)

  await queue.add(['msg_1', 'msg_2', 'msg_3', 'msg_4', 'msg_5'].map(eventOf))
  const now = Date.now()
  const token = 'of the worker'
  await takeJobs(client, toKey, { token, lockMs: LOCK_MS, most: 3, now })
  await takeJobs(client, toKey, { token: 'of another', lockMs: LOCK_MS, most: 1, now })
  await client.del(toKey('msg_2'))
  await returnOrphans(client, worker, token, () => false)

  const states = (await jobs()).map(({ id, state }) => [id, state])
  expect(Object.fromEntries(states)).toEqual({
    msg_1: 'waiting',
    msg_3: 'waiting',
    msg_4: 'active',
    msg_5: 'waiting',
  })
  const { jobs: taken } = await takeJobs(client, toKey, { token, lockMs: LOCK_MS, most: 5, now })
  expect(taken.map(({ id }) => id)).toEqual(['msg_1', 'msg_3', 'msg_5'])
})

const URL_OF: Readonly<Record<Backend, string>> = { redis: 'REDIS_URL', postgres: 'DATABASE_URL' }

const locate = ({ REDIS_URL, DATABASE_URL, QUEUE_PREFIX = 'rollcall' }: Readonly<Record<string, string>>) =>
  locateQueue({
    REDIS_URL: REDIS_URL === undefined ? undefined : [REDIS_URL],
    QUEUE_PREFIX,
    QUEUE_COMPRESSION: 'off',
    DATABASE_URL,
    DATABASE_SCHEMA: 'clerk',
    DATABASE_POOL_SIZE: 3,
  })

/** Connections break here. */
const ignore = () => undefined
