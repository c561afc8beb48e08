import type { Cluster, Redis } from 'ioredis'
import { dataNodes } from './data-nodes.ts'
import { usedShareOf } from './headroom.ts'
import { infoField } from './info.ts'

/** How full the Redis is that holds a queue; of several nodes, the fullest one, because that is the first to refuse. */
export interface RedisMemory {
  readonly usedBytes: number | undefined
  /** Nothing where there is no limit. */
  readonly limitBytes: number | undefined
  /** On all nodes, since each started. */
  readonly evictedKeys: number
}

/** What a node answers to `INFO memory` and `INFO stats`. */
interface NodeInfo {
  readonly memory: string
  readonly stats: string
}

export async function readRedisMemory(client: Redis | Cluster): Promise<RedisMemory> {
  const nodes = await dataNodes(client)
  const told = nodes.map(async (node): Promise<NodeInfo> => {
    const [memory, stats] = await Promise.all([node.info('memory'), node.info('stats')])
    return { memory, stats }
  })
  return summariseMemory(await Promise.all(told))
}

export function summariseMemory(nodes: readonly NodeInfo[]): RedisMemory {
  const [fullest = ''] = nodes
    .map(({ memory }) => memory)
    .sort((a, b) => usedShareOf(b) - usedShareOf(a) || usedBytes(b) - usedBytes(a))
  return {
    usedBytes: numberIn(fullest, 'used_memory'),
    limitBytes: numberIn(fullest, 'maxmemory') || undefined,
    evictedKeys: nodes.reduce((sum, { stats }) => sum + (numberIn(stats, 'evicted_keys') ?? 0), 0),
  }
}

const usedBytes = (memory: string): number => numberIn(memory, 'used_memory') ?? 0

function numberIn(info: string, name: string): number | undefined {
  const field = infoField(info, name)
  return field === undefined ? undefined : Number(field)
}
