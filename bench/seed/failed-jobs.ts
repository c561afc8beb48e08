import { QUEUE } from '@rollcall/queue/names'
import type { QueueLocation } from '@rollcall/queue/open-queue'
import { createRedis } from '@rollcall/queue/redis-client'
import { shardPrefix } from '@rollcall/queue/shards'

/** Jobs in one pipeline. */
const STEP = 2_000

/**
 * Puts so many jobs into the failed set, as BullMQ would have left them there. More than the worker keeps, since that limit is
 * one of ours. Nothing where the queue is in Postgres.
 */
export async function seedFailedJobs(location: QueueLocation, count: number): Promise<void> {
  if (location.backend !== 'redis') return
  const client = createRedis(location.urls, rethrow)
  const key = (name: string) => `${shardPrefix(location.prefix, 0)}:${QUEUE}:${name}`
  const body = JSON.stringify({ type: 'user.updated', data: { id: 'user_1', bio: 'x'.repeat(1_500) } })
  const failedAt = Date.now()
  for (let from = 1; from <= count; from += STEP) {
    const pipeline = client.pipeline()
    for (let i = from; i < from + STEP && i <= count; i++) {
      const id = `msg_2benchmark_${i}`
      pipeline.hset(key(id), {
        name: 'webhook',
        data: JSON.stringify({ messageId: id, attemptedAt: failedAt, receivedAt: failedAt, body, encoding: 'utf8' }),
        opts: '{}',
        timestamp: failedAt - i,
        delay: 0,
        priority: 0,
        atm: 1,
        ats: 1,
        finishedOn: failedAt,
        processedOn: failedAt,
        failedReason: 'row_rejected: value too long',
        stacktrace: '[]',
      })
      pipeline.zadd(key('failed'), failedAt - i, id)
    }
    await pipeline.exec()
  }
  client.disconnect()
}

const rethrow = (error: Error): never => {
  throw error
}
