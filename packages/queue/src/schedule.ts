import { pause } from '@rollcall/shared/deadline'
import { createPostgresBackend, Queue } from 'bullmq'
import type { QueueLocation } from './open-queue.ts'
import { openWorker } from './open-worker.ts'
import { unlessAway } from './parting.ts'
import { postgresConnection } from './postgres-queue.ts'
import { createRedis } from './redis-client.ts'
import { shardPrefix } from './shards.ts'

/** When something is due, in cron's notation, and the time zone in which that is meant. */
export interface Schedule {
  readonly pattern: string
  readonly timezone: string
}

export interface Scheduled {
  /** Stops the work under way, and takes up no more. */
  close(): Promise<void>
}

export interface ScheduledOptions {
  readonly location: QueueLocation
  /** The name of the work, and of its queue. */
  readonly name: string
  /** Nothing takes back what was planned by this name before. */
  readonly schedule: Schedule | undefined
  readonly lockMs: number
  /** Failing, it is tried again after a growing pause. */
  readonly run: (stop: AbortSignal) => Promise<void>
  readonly onError: (error: Error) => void
}

/** Failures at Clerk's or of a server pass; three tries span half an hour, and the next is due by the schedule anyway. */
const JOB_OPTIONS = {
  attempts: 3,
  backoff: { type: 'exponential', delay: 600_000 },
  removeOnComplete: true,
  removeOnFail: { count: 10 },
} as const

/** The queue may be away when a process starts. */
const RETRY_MS = 5_000

/** How soon is noticed that a queue has been emptied, and the plan with it [Q61]. */
const LOOK_MS = 15_000

/**
 * Does something by a schedule that all processes on a queue share, so that it is done once each time, by one of them.
 * Where that one dies, another does it again.
 */
export function startScheduled({ location, name, schedule, lockMs, run, onError }: ScheduledOptions): Scheduled {
  const stop = new AbortController()

  async function plan(queue: SchedulingQueue): Promise<void> {
    if (!schedule) return void (await queue.removeJobScheduler(name))
    const { pattern, timezone: tz } = schedule
    await queue.upsertJobScheduler(name, { pattern, tz }, { name, opts: JOB_OPTIONS })
  }

  async function keepPlanned(): Promise<void> {
    let isPlanned = false
    while (!stop.signal.aborted) {
      try {
        await withQueue({ location, name, onError, stop: stop.signal }, async (queue) => {
          // Not anew where it is planned still: what is due at this moment would be put off.
          if (!isPlanned || !(await queue.getJobScheduler(name))) await plan(queue)
        })
        if (!schedule) return
        isPlanned = true
        await pause(LOOK_MS, stop.signal)
      } catch (error) {
        if (!stop.signal.aborted) onError(error as Error)
        await pause(RETRY_MS, stop.signal)
      }
    }
  }

  const settings = { concurrency: 1, lockDuration: lockMs, stalledInterval: lockMs / 2, runRetryDelay: 1_000 }
  const worker = schedule && openWorker(location, name, () => run(stop.signal), settings, onError)
  const planning = keepPlanned()
  return {
    async close() {
      stop.abort(new Error('the process stops'))
      await Promise.all([worker?.close(), unlessAway(planning)])
    },
  }
}

type SchedulingQueue = Pick<Queue, 'upsertJobScheduler' | 'removeJobScheduler' | 'getJobScheduler' | 'waitUntilReady'>

interface Opening extends Pick<ScheduledOptions, 'location' | 'name' | 'onError'> {
  /** Gives up what waits for a queue that is away. */
  readonly stop: AbortSignal
}

async function withQueue(opening: Opening, work: (queue: SchedulingQueue) => Promise<void>): Promise<void> {
  await using opened = new AsyncDisposableStack()
  const queue = openBullQueue(opening, opened)
  await queue.waitUntilReady()
  await work(queue)
}

function openBullQueue({ location, name, onError, stop }: Opening, opened: AsyncDisposableStack): SchedulingQueue {
  if (location.backend === 'postgres') {
    const queue = new Queue(name, { connection: postgresConnection(location, 'worker') }, createPostgresBackend)
    queue.on('error', onError)
    opened.defer(() => queue.close())
    return queue as unknown as SchedulingQueue
  }
  const client = createRedis(location.urls, onError)
  const giveUp = () => client.disconnect()
  stop.addEventListener('abort', giveUp)
  opened.defer(() => {
    stop.removeEventListener('abort', giveUp)
    giveUp()
  })
  const queue = new Queue(name, { connection: client, prefix: shardPrefix(location.prefix, 0) })
  queue.on('error', onError)
  opened.defer(() => queue.close())
  return queue
}
