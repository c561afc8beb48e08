import { join } from 'node:path'
import type { EmbeddedServer } from '@rollcall/embedded/embedded-server'
import { freePort } from '@rollcall/embedded/free-port'
import { startEmbeddedPostgres } from '@rollcall/embedded/postgres'
import { startEmbeddedRedis } from '@rollcall/embedded/redis'
import { ensureRedisServer } from '@rollcall/testkit/install-redis'
import { startSweeper } from '@rollcall/testkit/start-sweeper'
import { beginTestRun, POSTGRES_PREFIX, REDIS_PREFIX } from '@rollcall/testkit/test-run'
import { uniqueName } from '@rollcall/testkit/unique-name'

/** Real ones, as they come, on this machine's disk. Redis syncs every write (appendonly, appendfsync always). */
export interface Servers {
  readonly postgres: EmbeddedServer
  readonly redis: EmbeddedServer
  /** For files of the run's own; gone with it. */
  readonly directory: string
  /** One more Redis, for as long as `opened` is open. */
  startRedis(opened: AsyncDisposableStack): Promise<EmbeddedServer>
}

/** Starts them. A process of its own sees to it that they and their files go, however this one ends. */
export async function startServers(opened: AsyncDisposableStack): Promise<Servers> {
  const executable = await ensureRedisServer()
  const run = await beginTestRun('embedded')
  opened.defer(startSweeper(run))
  const { directory } = run

  const startRedis = async (stack: AsyncDisposableStack): Promise<EmbeddedServer> => {
    const home = join(directory, uniqueName(REDIS_PREFIX))
    const server = await startEmbeddedRedis({ executable, directory: home, port: await freePort() })
    stack.defer(() => server.stop())
    return server
  }

  const postgres = await startEmbeddedPostgres({
    directory: join(directory, uniqueName(POSTGRES_PREFIX)),
    port: await freePort(),
  })
  opened.defer(() => postgres.stop())
  return { postgres, redis: await startRedis(opened), directory, startRedis }
}
