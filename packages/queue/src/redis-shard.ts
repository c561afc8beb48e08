import type { Delivery } from '@rollcall/shared/delivery'
import { Queue } from 'bullmq'
import type { Cluster, Redis } from 'ioredis'
import { addJobs } from './add-deliveries.ts'
import type { BodyCodec } from './body-codec.ts'
import {
  countJobs,
  failedMessages,
  type QueueState,
  removeFailedJobs,
  retryFailedJobs,
  retryJobs,
} from './job-queue.ts'
import type { DeliveryTraces } from './job-trace.ts'
import { QUEUE } from './names.ts'
import { newJob } from './new-job.ts'
import { shardPrefix } from './shards.ts'

/** One of the BullMQ queues over which a queue on Redis is split. */
export interface RedisShard {
  /** One of its keys; all others are in the same slot of a cluster. */
  readonly key: string
  add(deliveries: readonly Delivery[], traces: DeliveryTraces | undefined): Promise<void>
  removeFailed(messageIds: readonly string[]): Promise<void>
  failedAmong(messageIds: readonly string[]): Promise<readonly string[]>
  retryFailed(messageIds: readonly string[]): Promise<readonly string[]>
  state(): Promise<QueueState>
  isPaused(): Promise<boolean>
  pause(): Promise<void>
  resume(): Promise<void>
  close(): Promise<void>
}

export function openRedisShard(
  client: Redis | Cluster,
  prefix: string,
  shard: number,
  codec: BodyCodec,
  onError: (error: Error) => void,
): RedisShard {
  const queue = new Queue(QUEUE, { connection: client, prefix: shardPrefix(prefix, shard) })
  queue.on('error', onError)

  async function failedAmong(jobIds: readonly string[]): Promise<readonly string[]> {
    if (jobIds.length === 0) return []
    const failedAt = await client.zmscore(queue.toKey('failed'), ...jobIds)
    return jobIds.filter((_, i) => failedAt[i] !== null)
  }

  /** New jobs are put in at the left, and taken out at the right. */
  async function oldestWaitingAt(): Promise<Date | undefined> {
    const next = await client.lindex(queue.toKey('wait'), -1)
    const addedAt = next === null ? null : await client.hget(queue.toKey(next), 'timestamp')
    return addedAt === null ? undefined : new Date(Number(addedAt))
  }

  return {
    key: queue.toKey('wait'),
    async add(deliveries, traces) {
      const jobs = deliveries.map((delivery) => newJob(codec.pack(delivery), traces?.get(delivery)))
      await retryJobs(queue, await addJobs(client, queue, jobs, Date.now()))
    },
    removeFailed: (messageIds) => removeFailedJobs(queue, failedAmong, messageIds),
    failedAmong: (messageIds) => failedMessages(failedAmong, messageIds),
    retryFailed: (messageIds) => retryFailedJobs(queue, failedAmong, messageIds),
    async state() {
      const [counts, isPaused, oldest] = await Promise.all([countJobs(queue), queue.isPaused(), oldestWaitingAt()])
      return { counts, isPaused, oldestWaitingAt: oldest }
    },
    isPaused: () => queue.isPaused(),
    pause: () => queue.pause(),
    resume: () => queue.resume(),
    close: () => queue.close(),
  }
}
