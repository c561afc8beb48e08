import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { EmbeddedServer } from '@rollcall/embedded/embedded-server'
import { freePort } from '@rollcall/embedded/free-port'
import { startEmbeddedPostgres } from '@rollcall/embedded/postgres'
import { startEmbeddedRedis } from '@rollcall/embedded/redis'
import { ensureRedisServer } from '@rollcall/testkit/install-redis'
import { startSweeper } from '@rollcall/testkit/start-sweeper'
import { beginTestRun, POSTGRES_PREFIX, REDIS_PREFIX } from '@rollcall/testkit/test-run'

/** A server as faults meet it. */
export interface ChaosServer {
  readonly url: string
  readonly pid: number
  /** At once, with all its children. */
  kill(): Promise<void>
  freeze(): Promise<void>
  thaw(): Promise<void>
  /** In good order. */
  stop(): Promise<void>
  /** With the data that it had; resolves when it answers. */
  start(): Promise<void>
}

export interface ChaosPostgres extends ChaosServer {
  /** Its immediate shutdown: nothing is written out, and it recovers when it is started. */
  quit(): Promise<void>
  /** Makes the operating system forget what it holds of its files. */
  emptyCache(): Promise<void>
}

export interface ChaosRedis extends ChaosServer {
  /** Holds its append-only files. */
  readonly filesDirectory: string
  /** How it is started from now on: by itself it writes to disk before it answers. */
  configure(settings: Readonly<Record<string, string>>): void
}

export interface Servers {
  readonly postgres: ChaosPostgres
  readonly redis: ChaosRedis
  /** For files of the run's own; gone with it. */
  readonly directory: string
}

/** Starts them. A process of its own sees to it that they and their files go, however this one ends. */
export async function startServers(opened: AsyncDisposableStack): Promise<Servers> {
  const executable = await ensureRedisServer()
  const run = await beginTestRun('embedded')
  opened.defer(startSweeper(run))
  const postgres = await startPostgres(join(run.directory, POSTGRES_PREFIX))
  opened.defer(() => postgres.kill())
  const redis = await startRedis(executable, join(run.directory, REDIS_PREFIX))
  opened.defer(() => redis.kill())
  return { postgres, redis, directory: run.directory }
}

async function startPostgres(directory: string): Promise<ChaosPostgres> {
  const server = await startEmbeddedPostgres({ directory, port: await freePort() })
  return {
    ...faultsOf(() => server),
    start: () => server.start(),
    async quit() {
      process.kill(server.pid, 'SIGQUIT')
      await server.exited
    },
    async emptyCache() {
      await promisify(execFile)('find', [server.dataDirectory, '-type', 'f', '-size', '+0', '-exec', ...FORGET])
    },
  }
}

/** Reads nothing of a file, and advises the kernel to drop what it holds of it. */
const FORGET = ['sh', '-c', 'for file; do dd if="$file" iflag=nocache count=0 status=none; done', 'sh', '{}', '+']

async function startRedis(executable: string, directory: string): Promise<ChaosRedis> {
  const port = await freePort()
  let settings: Readonly<Record<string, string>> = {}
  const launch = () => startEmbeddedRedis({ executable, directory, port, settings })
  let server = await launch()
  return {
    ...faultsOf(() => server),
    filesDirectory: join(directory, 'appendonlydir'),
    configure(wanted) {
      settings = wanted
    },
    async start() {
      server = await launch()
    },
  }
}

function faultsOf(server: () => EmbeddedServer): Omit<ChaosServer, 'start'> {
  return {
    url: server().url,
    get pid() {
      return server().pid
    },
    kill: () => server().kill('SIGKILL'),
    freeze: () => server().kill('SIGSTOP'),
    thaw: () => server().kill('SIGCONT'),
    stop: () => server().stop(),
  }
}
