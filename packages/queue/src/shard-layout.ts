import type { Cluster, Redis } from 'ioredis'
import { shardPrefix } from './shards.ts'

/**
 * How many shards a queue has, as Redis keeps it: the most that anybody has ever put jobs on. While shards are raised,
 * processes know different numbers, and every one of them has to find every job [Q31].
 */
export interface ShardLayout {
  /** Ours, or more if others have put jobs on more. */
  count(): Promise<number>
  /** Tells the others that we put jobs on as many as are ours. Answers whether they did not know. */
  announce(): Promise<boolean>
}

export function createShardLayout(client: Redis | Cluster, prefix: string, ours: number): ShardLayout {
  const key = `${shardPrefix(prefix, 0)}:shards`
  let isAnnounced = ours === 1 // which is what everybody takes for granted

  return {
    async count() {
      const most = Number((await client.zscore(key, COUNT)) ?? 1)
      // A failover may have lost what was announced.
      if (most < ours) isAnnounced = false
      return Math.max(most, ours)
    },
    async announce() {
      if (isAnnounced) return false
      // A sorted set, for it can keep the greater of two numbers in one step.
      const changed = await client.zadd(key, 'GT', 'CH', ours, COUNT)
      isAnnounced = true
      return Number(changed) > 0
    },
  }
}

const COUNT = 'count'
