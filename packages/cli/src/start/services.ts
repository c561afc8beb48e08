import { join } from 'node:path'
import type { EmbeddedServer } from '@rollcall/embedded/embedded-server'
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
  /** Resolves when a server that was started here has ended, with a sentence on it. Never, if none was. */
  readonly ended: Promise<string>
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
  const ended = Promise.withResolvers<string>()
  const keep = (name: string, server: EmbeddedServer): string => {
    opened.defer(() => server.stop())
    void server.exited.then((how) =>
      ended.resolve(`${name} has ended (${how}). Its log is in ${join(home, name.toLowerCase())}.`),
    )
    return server.url
  }

  const databaseUrl = environment.DATABASE_URL ?? keep('Postgres', await startPostgres(home))
  const redis = environment.REDIS_URL ?? (await startRedis(home))
  const redisUrl = typeof redis === 'object' ? keep('Redis', redis) : redis
  return { databaseUrl, redisUrl, ended: ended.promise }
}

const startPostgres = async (home: string): Promise<EmbeddedServer> =>
  startEmbeddedPostgres({ directory: join(home, 'postgres'), port: await freePort(POSTGRES_PORT) })

/** Nothing where the machine has neither Redis nor Valkey. */
async function startRedis(home: string): Promise<EmbeddedServer | undefined> {
  const executable = await findRedisServer()
  if (executable === undefined) return undefined
  return startEmbeddedRedis({ executable, directory: join(home, 'redis'), port: await freePort(REDIS_PORT) })
}
