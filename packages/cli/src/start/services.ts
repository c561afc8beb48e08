import { join } from 'node:path'
import type { EmbeddedServer } from '@rollcall/embedded/embedded-server'
import { startEmbeddedPostgres } from '@rollcall/embedded/postgres'
import { findRedisServer, startEmbeddedRedis } from '@rollcall/embedded/redis'
import type { Environment } from '@rollcall/shared/config'

/** Which ports the servers are wanted on; any free one where they are taken, or none is wanted. */
interface Ports {
  readonly postgres?: number
  readonly redis?: number
}

/** The defaults that people know. */
const KNOWN_PORTS: Ports = { postgres: 5432, redis: 6379 }

/** For servers that nobody but us is to find. */
export const ANY_PORTS: Ports = {}

/** Where Postgres and the queue are, for the processes that need them. */
export interface Services {
  readonly databaseUrl: string
  /** Nothing where the queue lives in Postgres. */
  readonly redisUrl: string | undefined
  /** The Postgres that was started here; nothing where the environment names one. */
  readonly postgres: EmbeddedServer | undefined
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
  ports = KNOWN_PORTS,
): Promise<Services> {
  const ended = Promise.withResolvers<string>()
  const keep = (name: string, server: EmbeddedServer): string => {
    opened.defer(() => server.stop())
    void server.exited.then((how) =>
      ended.resolve(`${name} has ended (${how}). Its log is in ${join(home, name.toLowerCase())}.`),
    )
    return server.url
  }

  const postgres = environment.DATABASE_URL === undefined ? await startPostgres(home, ports) : undefined
  const databaseUrl = environment.DATABASE_URL ?? keep('Postgres', postgres!)
  const redis = environment.REDIS_URL ?? (await startRedis(home, ports))
  const redisUrl = typeof redis === 'object' ? keep('Redis', redis) : redis
  return { databaseUrl, redisUrl, postgres, ended: ended.promise }
}

const startPostgres = async (home: string, ports: Ports): Promise<EmbeddedServer> =>
  startEmbeddedPostgres({ directory: join(home, 'postgres'), port: { preferred: ports.postgres } })

/** Nothing where the machine has neither Redis nor Valkey. */
async function startRedis(home: string, ports: Ports): Promise<EmbeddedServer | undefined> {
  const executable = await findRedisServer()
  if (executable === undefined) return undefined
  return startEmbeddedRedis({ executable, directory: join(home, 'redis'), port: { preferred: ports.redis } })
}
