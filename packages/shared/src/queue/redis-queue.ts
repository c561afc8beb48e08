import { Queue } from 'bullmq'
import type { Delivery } from '../delivery.ts'
import { checkDurability } from './durability.ts'
import { fromQueue } from './errors.ts'
import { addOrRetry, countJobs, type JobQueue } from './job-queue.ts'
import { QUEUE } from './names.ts'
import { createRedis } from './redis-client.ts'

export interface RedisLocation {
  /** One, or several for a cluster. */
  readonly urls: readonly string[]
  readonly prefix: string
}

/** In braces, so that all keys of a queue fall into one slot of a cluster, as BullMQ's scripts need. */
export const redisPrefix = (prefix: string): string => `{${prefix}}`

/** The queue on Redis. Returns at once, connected or not: what is added meanwhile waits for the connection. */
export function openRedisQueue(location: RedisLocation, onError: (error: Error) => void): JobQueue {
  const client = createRedis(location.urls, onError)
  const queue = new Queue<Delivery>(QUEUE, { connection: client, prefix: redisPrefix(location.prefix) })
  queue.on('error', onError)

  async function failedAmong(jobIds: readonly string[]): Promise<readonly string[]> {
    const failedAt = await client.zmscore(queue.toKey('failed'), ...jobIds)
    return jobIds.filter((_, i) => failedAt[i] !== null)
  }

  return {
    backend: 'redis',
    async add(deliveries) {
      try {
        await addOrRetry(queue, failedAmong, deliveries)
      } catch (error) {
        throw fromQueue(error)
      }
    },
    counts: () => countJobs(queue),
    check: () => checkDurability(client),
    async close() {
      await queue.close()
      client.disconnect()
    },
  }
}
