import type { Delivery } from '@rollcall/shared/delivery'
import { type Check, warned } from '@rollcall/shared/readiness'
import { singleFlight } from '@rollcall/shared/single-flight'
import { Queue } from 'bullmq'
import { processesOnRedis } from './connected-processes.ts'
import { connectionName, type Role } from './connection-name.ts'
import { checkDurability } from './durability.ts'
import { fromQueue } from './errors.ts'
import { isFull, watchHeadroom } from './headroom.ts'
import { addOrRetry, countJobs, failedMessages, type JobQueue, removeFailedJobs, retryFailedJobs } from './job-queue.ts'
import { QUEUE } from './names.ts'
import { createRedis } from './redis-client.ts'
import { readRedisMemory } from './redis-memory.ts'

export interface RedisLocation {
  /** One, or several for a cluster. */
  readonly urls: readonly string[]
  readonly prefix: string
}

/** In braces, so that all keys of a queue fall into one slot of a cluster, as BullMQ's scripts need. */
export const redisPrefix = (prefix: string): string => `{${prefix}}`

/** The queue on Redis. Returns at once, connected or not: what is added meanwhile waits for the connection. */
export function openRedisQueue(location: RedisLocation, onError: (error: Error) => void, role: Role): JobQueue {
  const client = createRedis(location.urls, onError, connectionName(role, location.prefix))
  const queue = new Queue<Delivery>(QUEUE, { connection: client, prefix: redisPrefix(location.prefix) })
  queue.on('error', onError)
  const headroom = watchHeadroom(client)

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

  async function judge(): Promise<Check> {
    const [durability, usedShare] = await Promise.all([checkDurability(client), headroom.look()])
    if (durability.status === 'failed' || !isFull(usedShare)) return durability
    const used = Math.round(usedShare * 100)
    return warned(`${used} % of Redis's maxmemory is in use, so webhooks are answered 503: raise it, or add workers`)
  }

  return {
    backend: 'redis',
    async add(deliveries, traces) {
      headroom.require()
      await told(addOrRetry(queue, failedAmong, deliveries, traces))
    },
    removeFailed: (messageIds) => told(removeFailedJobs(queue, failedAmong, messageIds)),
    failedAmong: (messageIds) => told(failedMessages(failedAmong, messageIds)),
    retryFailed: (messageIds) => told(retryFailedJobs(queue, failedAmong, messageIds)),
    counts: () => countJobs(queue),
    async state() {
      const [counts, isPaused, oldest] = await Promise.all([countJobs(queue), queue.isPaused(), oldestWaitingAt()])
      return { counts, isPaused, oldestWaitingAt: oldest }
    },
    connectedProcesses: () => processesOnRedis(client, location.prefix),
    memory: () => readRedisMemory(client),
    pause: () => queue.pause(),
    resume: () => queue.resume(),
    // Commands wait while Redis is away, and probes keep coming.
    check: singleFlight(judge),
    async close() {
      await queue.close()
      client.disconnect()
    },
  }
}

/** A failure is told as one of the queue. */
async function told<Answer>(answer: Promise<Answer>): Promise<Answer> {
  try {
    return await answer
  } catch (error) {
    throw fromQueue(error)
  }
}
