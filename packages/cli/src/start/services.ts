import { join } from 'node:path'
import { freePort } from '@rollcall/embedded/free-port'
import { startEmbeddedPostgres } from '@rollcall/embedded/postgres'
import { findRedisServer, startEmbeddedRedis } from '@rollcall/embedded/redis'
import type { Environment } from '@rollcall/shared/config'

/** The defaults that people know; any free port where they are taken. */
const POSTGRES_PORT = 5432
const REDIS_PORT = 6379

/** Where Postgres and the queue are, for the processes that need them. */
export interface Services {
  readonly databaseUrl: string
  /** Nothing where the queue lives in Postgres. */
  readonly redisUrl: string | undefined
}

/**
 * What the environment names is used; the rest is started here and stopped with `opened`: real Postgres, and for the
 * queue a `redis-server` or `valkey-server` if the machine has one.
 */
export async function startServices(
  environment: Environment,
  home: string,
  opened: AsyncDisposableStack,
): Promise<Services> {
  const databaseUrl = environment.DATABASE_URL ?? (await startPostgres(home, opened))
  const redisUrl = environment.REDIS_URL ?? (await startRedis(home, opened))
  return { databaseUrl, redisUrl }
}

async function startPostgres(home: string, opened: AsyncDisposableStack): Promise<string> {
  const postgres = await startEmbeddedPostgres({
    directory: join(home, 'postgres'),
    port: await freePort(POSTGRES_PORT),
  })
  opened.defer(() => postgres.stop())
  return postgres.url
}

async function startRedis(home: string, opened: AsyncDisposableStack): Promise<string | undefined> {
  const executable = await findRedisServer()
  if (executable === undefined) return undefined
  const redis = await startEmbeddedRedis({
    executable,
    directory: join(home, 'redis'),
    port: await freePort(REDIS_PORT),
  })
  opened.defer(() => redis.stop())
  return redis.url
}
