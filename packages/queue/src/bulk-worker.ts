import { randomUUID } from 'node:crypto'
import { pause as sleep } from '@rollcall/shared/deadline'
import { type Job, Worker } from 'bullmq'
import type { Cluster, Redis } from 'ioredis'
import type { QueuedDelivery } from './body-codec.ts'
import type { DeliveryJob, JobEnd, ProcessJob } from './delivery-job.ts'
import { holdJobs } from './held-jobs.ts'
import { traceIn, traceOf } from './job-trace.ts'
import { QUEUE } from './names.ts'
import { unlessAway } from './parting.ts'
import { returnOrphans } from './redis-orphans.ts'
import { type TakenJob, takeJobs } from './take-jobs.ts'

/** What hands out the deliveries of a queue. */
export interface DeliveryWorker {
  /** Takes no further jobs; those in hand go on. */
  pause(): void
  resume(): void
  /** Takes no further jobs, waits for those in hand, and closes the connections. */
  close(): Promise<void>
}

/** One that hands out the jobs of one of BullMQ's queues on Redis. */
export interface BulkWorker extends DeliveryWorker {
  /** Jobs in hand at once. */
  concurrency: number
  /** A connection broke, and answers may have been lost with it. */
  connectionBroke(): void
}

export interface DeliveryWorkerSettings {
  /** Jobs in hand at once. */
  readonly concurrency: number
  readonly lockMs: number
  /** How often a job is taken up again whose worker died [O2]. */
  readonly maxStalledCount: number
}

/** A step holds up Redis for as long as it takes: 100 jobs are some 2 ms, and more at once are hardly cheaper. */
const MOST_TAKEN = 100

/** Of the jobs that may be in hand, the share that has to have ended before more are taken: a step for one is not worth it. */
const LEAST_SHARE = 1 / 10

/** For each of the jobs that may be in hand, so much: seven times what Clerk's have. Of larger ones there are fewer [W24]. */
const BYTES_A_JOB = 16_384

/** BullMQ's own: the longest wait for a job, after which the queue is asked without having been woken. */
const WAIT_MS = 5_000

/** After an error of the queue it is asked again after so long; BullMQ's own pause is 15 s. */
const PAUSE_AFTER_ERROR_MS = 1_000

/**
 * Hands out the jobs of one of BullMQ's queues on Redis, many in one step, and removes those that completed together.
 * BullMQ's own worker does that one by one, and has all of them in hand before it begins with the first [Q51]. What is not
 * of every job stays BullMQ's: failures, delays, priorities, limits, locks that run out.
 */
export function openBulkWorker(
  client: Redis | Cluster,
  prefix: string,
  process: ProcessJob,
  settings: DeliveryWorkerSettings,
  onError: (error: Error) => void,
): BulkWorker {
  const token = randomUUID()
  const { lockMs, maxStalledCount } = settings
  const worker = new Worker<QueuedDelivery>(QUEUE, null, {
    connection: client,
    prefix,
    autorun: false,
    lockDuration: lockMs,
    // Twice within a lock's life, so that the jobs of a dead worker wait for one and a half of it at the most.
    stalledInterval: lockMs / 2,
    maxStalledCount,
  })
  worker.on('error', onError)
  const held = holdJobs(client, worker, { token, lockMs, onError })
  const stop = new AbortController()
  const working = new Set<Promise<JobEnd>>()
  const running = new Set<Promise<void>>()
  let concurrency = settings.concurrency
  let heldBytes = 0
  let isPaused = false
  /** Whether jobs may have been handed out to us of which we have not heard. */
  let mayHaveOrphans = false
  /** Settled when there is room again, or something is to be done that the loop waits for. */
  let change = Promise.withResolvers<void>()
  const changed = () => {
    change.resolve()
    change = Promise.withResolvers()
  }

  const room = () => (isPaused || heldBytes >= concurrency * BYTES_A_JOB ? 0 : concurrency - held.count)

  function start(id: string, job: DeliveryJob): void {
    const bytes = job.queued.body.length
    heldBytes += bytes
    held.hold(id)
    const work = process(job).catch((thrown): JobEnd => ({ end: 'postponed', error: thrown as Error }))
    working.add(work)
    const run = work
      .then((ended) => {
        working.delete(work)
        return held.end(id, ended)
      })
      .then(() => {
        heldBytes -= bytes
        running.delete(run)
        changed()
      })
    running.add(run)
  }

  function startTaken({ id, data, opts, attemptsMade }: TakenJob): void {
    start(id, { queued: JSON.parse(data), attemptsMade, trace: traceIn(opts) })
  }

  function startAsked({ id, data, attemptsMade, opts }: Job<QueuedDelivery>): void {
    start(id!, { queued: data, attemptsMade, trace: traceOf(opts.telemetry?.metadata) })
  }

  /** Begins with what waits. Answers how long to wait for more: nothing where there may be more at once. */
  async function takeMore(): Promise<number> {
    const most = Math.min(room(), MOST_TAKEN)
    const taken = await takeJobs(client, (name) => worker.toKey(name), { token, lockMs, most, now: Date.now() })
    for (const job of taken.jobs) startTaken(job)
    const next = taken.asksBullMQ ? await worker.getNextJob(token, { block: false }) : undefined
    if (next) startAsked(next)
    if (taken.jobs.length > 0 || next) return 0
    return Math.max(1, Math.min(WAIT_MS, (taken.nextDelayedAt ?? Number.POSITIVE_INFINITY) - Date.now()))
  }

  async function run(): Promise<void> {
    await worker.waitUntilReady()
    await worker.startStalledCheckTimer()
    while (!stop.signal.aborted) {
      try {
        if (room() < Math.min(MOST_TAKEN, Math.ceil(concurrency * LEAST_SHARE))) await change.promise
        else {
          if (mayHaveOrphans) {
            mayHaveOrphans = false
            await returnOrphans(client, worker, token, held.has)
          }
          const waitMs = await takeMore()
          if (waitMs > 0 && !mayHaveOrphans && !stop.signal.aborted)
            await worker.getBackend().waitForJob(waitMs / 1_000)
        }
      } catch (thrown) {
        if (stop.signal.aborted) return
        mayHaveOrphans = true
        onError(thrown as Error)
        await worker.getBackend().reconnectBlocking().catch(onError)
        await sleep(PAUSE_AFTER_ERROR_MS, stop.signal)
      }
    }
  }

  const looping = run().catch((thrown) => {
    if (!stop.signal.aborted) onError(thrown as Error)
  })

  async function endLoop(): Promise<void> {
    await worker.getBackend().disconnectBlocking()
    await looping
  }

  return {
    get concurrency() {
      return concurrency
    },
    set concurrency(wanted) {
      concurrency = wanted
      changed()
    },
    connectionBroke() {
      mayHaveOrphans = true
    },
    pause() {
      isPaused = true
    },
    resume() {
      isPaused = false
      changed()
    },
    async close() {
      stop.abort()
      changed()
      await unlessAway(endLoop())
      await Promise.all(working)
      await unlessAway(Promise.all(running))
      held.close()
      // By force: it has no jobs of its own, and would wait for a connection that was never there.
      await worker.close(true)
    },
  }
}
