import { type BodyCodec, type BodyVariables, bodyCodecFor } from './body-codec.ts'
import type { Role } from './connection-name.ts'
import { watchConnection } from './connection-watch.ts'
import type { JobQueue } from './job-queue.ts'
import { openPostgresQueue, type PostgresLocation } from './postgres-queue.ts'
import { openRedisQueue, type RedisLocation } from './redis-queue.ts'

/** Where the queue is. */
export type QueueLocation = { readonly codec: BodyCodec } & (
  | ({ readonly backend: 'redis' } & RedisLocation)
  | ({ readonly backend: 'postgres' } & PostgresLocation)
)

/** The variables that say where the queue is, by their names. */
export interface QueueVariables extends BodyVariables {
  readonly REDIS_URL?: readonly string[] | undefined
  readonly QUEUE_PREFIX: string
  /** 1, and no replicas, where nothing is said. */
  readonly QUEUE_SHARDS?: number | undefined
  readonly QUEUE_MIN_REPLICAS?: number | undefined
  readonly DATABASE_URL?: string | undefined
  readonly DATABASE_SCHEMA: string
  readonly DATABASE_POOL_SIZE: number
}

/** Redis if there is one, else the database. Throws if there is neither, which `loadConfig` has seen to. */
export function locateQueue(config: QueueVariables): QueueLocation {
  const {
    REDIS_URL: urls,
    QUEUE_PREFIX: prefix,
    QUEUE_SHARDS: shards = 1,
    QUEUE_MIN_REPLICAS: minReplicas = 0,
  } = config
  const codec = bodyCodecFor(config)
  if (urls) return { codec, backend: 'redis', urls, prefix, shards, minReplicas }
  if (config.DATABASE_URL === undefined) throw new TypeError('neither REDIS_URL nor DATABASE_URL is set')
  return {
    codec,
    backend: 'postgres',
    databaseUrl: config.DATABASE_URL,
    schema: config.DATABASE_SCHEMA,
    poolSize: config.DATABASE_POOL_SIZE,
  }
}

/**
 * Opens the queue. Never waits for it, and never fails because it is away: that is told by its operations. Who opens it is
 * told to the queue's server.
 */
export function openQueue(location: QueueLocation, onError: (error: Error) => void, role: Role = 'command'): JobQueue {
  switch (location.backend) {
    case 'redis': {
      const watch = watchConnection(onError)
      const queue = openRedisQueue(location, location.codec, watch.onError, role)
      return { ...queue, check: () => watch.check(queue.check()) }
    }
    case 'postgres':
      return openPostgresQueue(location, location.codec, onError, role)
  }
}
