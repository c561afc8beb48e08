import { pause } from '@rollcall/shared/deadline'
import { createPostgresBackend, Queue } from 'bullmq'
import type { QueueLocation } from './open-queue.ts'
import { openWorker } from './open-worker.ts'
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

/**
 * Does something by a schedule that all processes on a queue share, so that it is done once each time, by one of them.
 * Where that one dies, another does it again.
 */
export function startScheduled({ location, name, schedule, lockMs, run, onError }: ScheduledOptions): Scheduled {
  const stop = new AbortController()

  async function plan(): Promise<void> {
    while (!stop.signal.aborted) {
      try {
        return await withQueue(location, name, onError, async (queue) => {
          if (!schedule) await queue.removeJobScheduler(name)
          else {
            const { pattern, timezone: tz } = schedule
            await queue.upsertJobScheduler(name, { pattern, tz }, { name, opts: JOB_OPTIONS })
          }
        })
      } catch (error) {
        onError(error as Error)
        await pause(RETRY_MS, stop.signal)
      }
    }
  }

  const settings = { concurrency: 1, lockDuration: lockMs, stalledInterval: lockMs / 2, runRetryDelay: 1_000 }
  const worker = schedule && openWorker(location, name, () => run(stop.signal), settings, onError)
  const planning = plan()
  return {
    async close() {
      stop.abort(new Error('the process stops'))
      await Promise.all([worker?.close(), planning])
    },
  }
}

type SchedulingQueue = Pick<Queue, 'upsertJobScheduler' | 'removeJobScheduler' | 'waitUntilReady'>

async function withQueue(
  location: QueueLocation,
  name: string,
  onError: (error: Error) => void,
  work: (queue: SchedulingQueue) => Promise<void>,
): Promise<void> {
  await using opened = new AsyncDisposableStack()
  const queue = openBullQueue(location, name, onError, opened)
  await queue.waitUntilReady()
  await work(queue)
}

function openBullQueue(
  location: QueueLocation,
  name: string,
  onError: (error: Error) => void,
  opened: AsyncDisposableStack,
): SchedulingQueue {
  if (location.backend === 'postgres') {
    const queue = new Queue(name, { connection: postgresConnection(location, 'worker') }, createPostgresBackend)
    queue.on('error', onError)
    opened.defer(() => queue.close())
    return queue as unknown as SchedulingQueue
  }
  const client = createRedis(location.urls, onError)
  opened.defer(() => client.disconnect())
  const queue = new Queue(name, { connection: client, prefix: shardPrefix(location.prefix, 0) })
  queue.on('error', onError)
  opened.defer(() => queue.close())
  return queue
}
