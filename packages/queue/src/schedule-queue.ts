import { createPostgresBackend, Queue } from 'bullmq'
import type { QueueLocation } from './open-queue.ts'
import { postgresConnection } from './postgres-queue.ts'
import { createRedis } from './redis-client.ts'
import { shardPrefix } from './shards.ts'

/** What is needed of BullMQ's queue, on whichever backend it is. */
export type SchedulingQueue = Pick<
  Queue,
  'upsertJobScheduler' | 'removeJobScheduler' | 'getJobScheduler' | 'getJobCountByTypes' | 'waitUntilReady'
>

interface Opening {
  readonly location: QueueLocation
  readonly name: string
  readonly onError: (error: Error) => void
  /** Gives up what waits for a queue that is away. */
  readonly stop: AbortSignal
}

/** Opens the queue of what is scheduled for as long as `work` needs it. */
export async function withSchedulingQueue(
  opening: Opening,
  work: (queue: SchedulingQueue) => Promise<void>,
): Promise<void> {
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
