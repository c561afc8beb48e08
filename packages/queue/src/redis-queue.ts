import { type Check, failed, warned } from '@rollcall/shared/readiness'
import { singleFlight } from '@rollcall/shared/single-flight'
import type { BodyCodec } from './body-codec.ts'
import { processesOnRedis } from './connected-processes.ts'
import { connectionName, type Role } from './connection-name.ts'
import { checkDurability } from './durability.ts'
import { fromQueue } from './errors.ts'
import { isFull, watchHeadroom } from './headroom.ts'
import type { JobQueue, QueueState } from './job-queue.ts'
import { createRedis } from './redis-client.ts'
import { readRedisMemory } from './redis-memory.ts'
import { openRedisShard, type RedisShard } from './redis-shard.ts'
import { fewestReplicas, replicated } from './replicas.ts'
import { createShardLayout } from './shard-layout.ts'
import { createShardOf } from './shards.ts'

export interface RedisLocation {
  /** One, or several for a cluster. */
  readonly urls: readonly string[]
  readonly prefix: string
  /** Over how many BullMQ queues it is split [Q30]. */
  readonly shards: number
  /** How many replicas have a delivery before its sender is answered [Q33]. */
  readonly minReplicas: number
}

/** The queue on Redis. Returns at once, connected or not: what is added meanwhile waits for the connection. */
export function openRedisQueue(
  location: RedisLocation,
  codec: BodyCodec,
  onError: (error: Error) => void,
  role: Role,
): JobQueue {
  const { prefix, minReplicas } = location
  const client = createRedis(location.urls, onError, connectionName(role, prefix))
  const headroom = watchHeadroom(client)
  const layout = createShardLayout(client, prefix, location.shards)
  const shardOf = createShardOf(location.shards)
  const opened: RedisShard[] = []

  function shard(index: number): RedisShard {
    opened[index] ??= openRedisShard(client, prefix, index, codec, onError)
    return opened[index]
  }

  /** All that hold jobs, those of processes that know of more than we do included. */
  async function everyShard(): Promise<readonly RedisShard[]> {
    return Array.from({ length: await layout.count() }, (_, index) => shard(index))
  }

  /** Before the first job goes to a shard of which others may not know. One that is added to a paused queue is paused [Q6]. */
  async function announceShards(): Promise<void> {
    const isNews = await layout.announce()
    if (!isNews || !(await shard(0).isPaused())) return
    await Promise.all((await everyShard()).map((each) => each.pause()))
  }

  async function judge(): Promise<Check> {
    const [durability, usedShare, replicas] = await Promise.all([
      checkDurability(client),
      headroom.look(),
      minReplicas === 0 ? 0 : fewestReplicas(client),
    ])
    if (durability.status === 'failed') return durability
    if (replicas < minReplicas) {
      const found = `a master of Redis has ${replicas} replicas connected, and QUEUE_MIN_REPLICAS is ${minReplicas}`
      return failed(`${found}, so webhooks are answered 503: bring its replicas back`)
    }
    if (!isFull(usedShare)) return durability
    const used = Math.round(usedShare * 100)
    return warned(`${used} % of Redis's maxmemory is in use, so webhooks are answered 503: raise it, or add workers`)
  }

  return {
    backend: 'redis',
    shards: location.shards,
    shardOf,
    async add(deliveries, traces) {
      headroom.require()
      const groups = [...Map.groupBy(deliveries, shardOf)]
      await told(async () => {
        await announceShards()
        const adding = groups.map(([index, group]) =>
          replicated(client, shard(index).key, minReplicas, () => shard(index).add(group, traces)),
        )
        await Promise.all(adding)
      })
    },
    removeFailed: (messageIds) =>
      told(async () => {
        await Promise.all((await everyShard()).map((each) => each.removeFailed(messageIds)))
      }),
    failedAmong: (messageIds) =>
      told(async () => unique(await Promise.all((await everyShard()).map((each) => each.failedAmong(messageIds))))),
    retryFailed: (messageIds) =>
      told(async () => unique(await Promise.all((await everyShard()).map((each) => each.retryFailed(messageIds))))),
    counts: async () => (await stateOf(everyShard())).counts,
    state: () => stateOf(everyShard()),
    connectedProcesses: () => processesOnRedis(client, prefix),
    memory: () => readRedisMemory(client),
    async pause() {
      // The first before the others are counted: one that is added meanwhile looks at it.
      await shard(0).pause()
      await Promise.all((await everyShard()).map((each) => each.pause()))
    },
    async resume() {
      await Promise.all((await everyShard()).map((each) => each.resume()))
    },
    // Commands wait while Redis is away, and probes keep coming.
    check: singleFlight(judge),
    async close() {
      await Promise.all(opened.map((each) => each?.close()))
      client.disconnect()
    },
  }
}

/** A failure is told as one of the queue. */
async function told<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
  try {
    return await ask()
  } catch (error) {
    throw fromQueue(error)
  }
}

const unique = (lists: readonly (readonly string[])[]): readonly string[] => [...new Set(lists.flat())]

async function stateOf(shards: Promise<readonly RedisShard[]>): Promise<QueueState> {
  const states = await Promise.all((await shards).map((shard) => shard.state()))
  const sum = (state: keyof QueueState['counts']) => states.reduce((total, { counts }) => total + counts[state], 0)
  const oldest = states.flatMap(({ oldestWaitingAt }) => (oldestWaitingAt ? [oldestWaitingAt.getTime()] : []))
  return {
    counts: { waiting: sum('waiting'), active: sum('active'), delayed: sum('delayed'), failed: sum('failed') },
    isPaused: states.some(({ isPaused }) => isPaused),
    oldestWaitingAt: oldest.length > 0 ? new Date(Math.min(...oldest)) : undefined,
  }
}
