import { deliveryOf } from '@rollcall/testkit/deliveries'
import { createQueue, type TestQueue } from '@rollcall/testkit/queue'
import { until } from '@rollcall/testkit/wait'
import { Queue, Worker } from 'bullmq'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openBulkWorker } from './bulk-worker.ts'
import type { JobEnd, ProcessJob } from './delivery-job.ts'
import { JOB, JOB_OPTIONS, QUEUE } from './names.ts'
import { locateQueue, openQueue } from './open-queue.ts'
import { createRedis } from './redis-client.ts'
import { shardPrefix } from './shards.ts'

const COMPLETED: JobEnd = { end: 'completed' }
const PATIENCE_MS = 30_000

let seen: TestQueue
let opened: AsyncDisposableStack
let client: ReturnType<typeof createRedis>
/** The same queue, as BullMQ alone has it. */
let bull: Queue
let prefix: string

beforeEach(async () => {
  opened = new AsyncDisposableStack()
  seen = opened.use(await createQueue('redis'))
  client = opened.adopt(createRedis([seen.variables.REDIS_URL!], rethrow), (each) => each.disconnect())
  prefix = shardPrefix(seen.variables.QUEUE_PREFIX!, 0)
  bull = opened.adopt(new Queue(QUEUE, { connection: client, prefix }), (queue) => queue.close())
})
afterEach(() => opened.disposeAsync())

const events = (count: number) =>
  Array.from({ length: count }, (_, i) => deliveryOf({ type: 'user.updated' }, { messageId: `msg_${i}` }))

/** As the receiver adds. */
async function add(count: number): Promise<void> {
  const { REDIS_URL, QUEUE_PREFIX } = seen.variables
  const location = locateQueue({
    REDIS_URL: [REDIS_URL!],
    QUEUE_PREFIX: QUEUE_PREFIX!,
    QUEUE_COMPRESSION: 'off',
    DATABASE_SCHEMA: 'clerk',
    DATABASE_POOL_SIZE: 1,
  })
  const queue = openQueue(location, rethrow)
  await queue.add(events(count))
  await queue.close()
}

/** As BullMQ adds. */
const addByBullMQ = (count: number, options = {}) =>
  bull.addBulk(
    events(count).map((data) => ({ name: JOB, data, opts: { ...JOB_OPTIONS, jobId: data.messageId, ...options } })),
  )

function work(process: ProcessJob, settings: { concurrency?: number; lockMs?: number } = {}) {
  const errors: string[] = []
  const worker = openBulkWorker(
    client,
    prefix,
    process,
    { concurrency: 1_000, lockMs: 30_000, maxStalledCount: 100, ...settings },
    (error) => errors.push(error.message),
  )
  opened.adopt(worker, (each) => each.close())
  return { errors, worker }
}

const counts = () => bull.getJobCounts('waiting', 'active', 'delayed', 'failed', 'prioritized')
const untilEmpty = () =>
  until(async () => Object.values(await counts()).every((count) => count === 0), {
    timeoutMs: PATIENCE_MS,
    what: 'the queue is empty',
  })

test('[Q50] jobs that are added together are what BullMQ would have added, and its workers take them', async () => {
  await addByBullMQ(1)
  const { timestamp: _, opts: theirOptions, ...theirs } = await client.hgetall(bull.toKey('msg_0'))
  await bull.obliterate({ force: true })
  await add(1)
  const { timestamp, opts, ...ours } = await client.hgetall(bull.toKey('msg_0'))
  expect(ours).toEqual(theirs)
  expect(Number(timestamp)).toBeGreaterThan(1_764_000_000_000)
  // BullMQ repeats the id there, and what is not.
  expect({ jobId: 'msg_0', ...JSON.parse(opts!) }).toEqual(JSON.parse(theirOptions!))

  await add(200)
  const taken: string[] = []
  const worker = new Worker(QUEUE, async ({ data }) => void taken.push(data.messageId), { connection: client, prefix })
  await until(() => taken.length === 200, { timeoutMs: PATIENCE_MS, what: 'BullMQ has handed out all' })
  await worker.close()
  expect(taken).toEqual(events(200).map(({ messageId }) => messageId))
})

test('[Q50] jobs are handed out oldest first, whoever added them, and leave nothing when they have completed', async () => {
  await addByBullMQ(100)
  await add(350)
  const taken: string[] = []
  work(async ({ queued, attemptsMade }) => {
    expect(attemptsMade).toBe(0)
    taken.push(queued.messageId)
    return COMPLETED
  })
  await untilEmpty()
  expect(taken).toEqual(events(350).map(({ messageId }) => messageId))
  await until(async () => (await client.keys(`${prefix}*msg_*`)).length === 0, {
    timeoutMs: PATIENCE_MS,
    what: 'no key of a job is left',
  })
  expect(await client.scard(bull.toKey('stalled'))).toBe(0)
})

test('[Q51] it begins with the first job before it has all in hand, and never has more than it may', async () => {
  await add(900)
  let inHand = 0
  let most = 0
  let waitingAtFirst: number | undefined
  work(
    async () => {
      most = Math.max(most, ++inHand)
      waitingAtFirst ??= (await counts()).waiting
      await new Promise((resolve) => setImmediate(resolve))
      inHand--
      return COMPLETED
    },
    { concurrency: 250 },
  )
  await untilEmpty()
  expect(waitingAtFirst).toBeGreaterThan(600)
  expect(most).toBeLessThanOrEqual(250)
})

test('[Q52] what is delayed, has a priority or a limit is handed out as BullMQ has it, also beside a long backlog', async () => {
  const taken: string[] = []
  let isGated = true
  await add(300)
  await bull.add(JOB, deliveryOf({}, { messageId: 'msg_delayed' }), {
    ...JOB_OPTIONS,
    jobId: 'msg_delayed',
    delay: 300,
  })
  await bull.add(JOB, deliveryOf({}, { messageId: 'msg_late' }), { ...JOB_OPTIONS, jobId: 'msg_late', priority: 5 })
  await bull.add(JOB, deliveryOf({}, { messageId: 'msg_early' }), { ...JOB_OPTIONS, jobId: 'msg_early', priority: 1 })
  await bull.setGlobalConcurrency(1)
  let inHand = 0
  let most = 0
  work(async ({ queued: { messageId } }) => {
    most = Math.max(most, ++inHand)
    taken.push(messageId)
    if (taken.length === 20 && isGated) {
      isGated = false
      await bull.removeGlobalConcurrency()
    }
    inHand--
    return COMPLETED
  })
  await untilEmpty()
  expect(taken.slice(0, 20)).toEqual(events(20).map(({ messageId }) => messageId))
  expect(most).toBe(1)
  expect(taken).toHaveLength(303)
  expect(taken.indexOf('msg_early')).toBeLessThan(taken.indexOf('msg_late'))
  expect(taken.indexOf('msg_early')).toBeGreaterThan(299)
})

/** Long enough that no machine stands still for as long. */
const LOCK_MS = 4_000

test('[Q53] locks of what takes long are renewed; where one is lost the job runs again, and its first end removes nothing', async () => {
  await add(3)
  const attempts = new Map<string, number>()
  const gates = new Map<string, PromiseWithResolvers<void>>()
  const { errors } = work(
    async ({ queued: { messageId } }) => {
      const attempt = (attempts.get(messageId) ?? 0) + 1
      attempts.set(messageId, attempt)
      if (attempt === 1) {
        const gate = Promise.withResolvers<void>()
        gates.set(messageId, gate)
        await gate.promise
      }
      return COMPLETED
    },
    { lockMs: LOCK_MS },
  )
  await until(() => gates.size === 3, { timeoutMs: PATIENCE_MS, what: 'all are in hand' })
  // As if another worker had found it stalled, and had it in hand now.
  await client.set(`${bull.toKey('msg_1')}:lock`, 'another')
  const lockOf = (id: string) => client.pttl(`${bull.toKey(id)}:lock`)
  await until(() => errors.length > 0, { timeoutMs: PATIENCE_MS, what: 'locks are renewed, of which one is lost' })
  // A third of its life is over, or nothing would have been renewed yet: only one that was has so much left.
  const isRenewed = async () => (await lockOf('msg_0')) > LOCK_MS * 0.7
  await until(isRenewed, { timeoutMs: PATIENCE_MS, what: 'a lock was renewed' })
  for (const gate of gates.values()) gate.resolve()
  await until(async () => (await counts()).active === 1, { timeoutMs: PATIENCE_MS, what: 'the others have ended' })
  expect(await client.exists(bull.toKey('msg_1'))).toBe(1)
  expect(errors.join()).toMatch(/1 jobs outlasted their locks of 4000 ms/)
  await client.del(`${bull.toKey('msg_1')}:lock`)
  await untilEmpty()
  expect(Object.fromEntries(attempts)).toEqual({ msg_0: 1, msg_1: 2, msg_2: 1 })
})

test('[Q53] what is not done when it is told to stop goes back to the queue, with no attempt spent', async () => {
  await add(300)
  const first = work(async () => ({ end: 'returned' }), { concurrency: 50 })
  await until(async () => ((await counts()).active ?? 0) > 0, {
    timeoutMs: PATIENCE_MS,
    what: 'it has begun',
  })
  await first.worker.close()
  expect(await counts()).toMatchObject({ waiting: 300, active: 0 })
  const taken: [string, number][] = []
  work(async ({ queued, attemptsMade }) => {
    taken.push([queued.messageId, attemptsMade])
    return COMPLETED
  })
  await untilEmpty()
  expect(taken).toHaveLength(300)
  expect(taken.every((each) => each[1] === 0)).toBe(true)
})

test('[Q53] one that fails is in the failed set with its error; one that is postponed is tried again', async () => {
  await add(2)
  let tries = 0
  work(async ({ queued, attemptsMade }) => {
    if (queued.messageId === 'msg_0') return { end: 'failed', error: new Error('it is broken') }
    tries++
    return attemptsMade === 0 ? { end: 'postponed', error: new Error('nobody knows') } : COMPLETED
  })
  await until(() => tries === 2, { timeoutMs: PATIENCE_MS, what: 'it is tried again' })
  await until(async () => (await counts()).active === 0, { timeoutMs: PATIENCE_MS, what: 'nothing is in hand' })
  const [failed] = await bull.getFailed()
  expect(failed).toMatchObject({ id: 'msg_0', failedReason: 'it is broken', attemptsMade: 1 })
  expect(await counts()).toMatchObject({ waiting: 0, delayed: 0, failed: 1 })
})

function rethrow(error: Error): never {
  throw error
}
