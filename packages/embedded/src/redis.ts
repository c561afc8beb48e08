import { execFile } from 'node:child_process'
import { mkdir, realpath, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type EmbeddedServer, type Launched, startEmbeddedServer } from './embedded-server.ts'
import { type Port, startOnPort } from './free-port.ts'
import { turnLog } from './log-file.ts'
import { whenReady } from './ready.ts'
import { redisAnswersAs } from './redis-answers.ts'
import { REDIS_STOP, redisPidFile, stopRedisLeftBehind } from './redis-left-behind.ts'
import { startServerProcess } from './server-process.ts'

export interface RedisOptions {
  /** Path of a `redis-server` or `valkey-server`, as from `findRedisServer`. */
  readonly executable: string
  /** Made if missing. Holds the data and the log. */
  readonly directory: string
  readonly port: Port
  /** Anything that redis.conf takes. */
  readonly settings?: Readonly<Record<string, string>>
}

/** What a queue needs: nothing acknowledged is lost [E2], nothing is evicted, and the append-only file is the only copy. */
const DEFAULT_SETTINGS = {
  appendonly: 'yes',
  appendfsync: 'always',
  'maxmemory-policy': 'noeviction',
  save: '',
} as const satisfies Record<string, string>

/** The path of the Redis or Valkey that this machine has, if it has one. */
export async function findRedisServer(): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)('sh', ['-c', 'command -v redis-server || command -v valkey-server'])
    return stdout.trim()
  } catch {
    return undefined // neither is on the PATH
  }
}

/** Starts Redis on the data in a directory, for this machine only. */
export async function startEmbeddedRedis(options: RedisOptions): Promise<EmbeddedServer> {
  await mkdir(options.directory, { recursive: true })
  const directory = await realpath(options.directory)
  const logFile = join(directory, 'redis.log')
  let wanted = options.port

  const launch = async (port: number): Promise<Launched> => {
    const url = `redis://127.0.0.1:${port}`
    const server = await startServerProcess({
      command: options.executable,
      commandArguments: commandArguments(directory, port, options.settings),
      directory,
      logFile,
      stopSteps: REDIS_STOP,
    })
    await whenReady({ name: 'Redis', server, logFile, answers: () => redisAnswersAs(url, server.pid) })
    wanted = port // whoever has its address finds it there after a restart
    return { server, url }
  }

  return startEmbeddedServer(directory, async () => {
    await stopRedisLeftBehind(directory)
    await turnLog(logFile)
    return startOnPort(wanted, launch)
  })
}

/** Ends whatever Redis runs in a directory, whoever started it, and removes the directory. */
export async function removeEmbeddedRedis(directory: string): Promise<void> {
  const real = await realpath(directory).catch(() => undefined) // there is nothing to remove
  if (real === undefined) return
  await stopRedisLeftBehind(real)
  await rm(real, { recursive: true, force: true })
}

/** What keeps it on this machine and in its directory comes last, so that no setting undoes it. */
function commandArguments(directory: string, port: number, settings: RedisOptions['settings']): string[] {
  const fixed = { bind: '127.0.0.1', port: String(port), dir: directory, pidfile: redisPidFile(directory) }
  return Object.entries({ ...DEFAULT_SETTINGS, ...settings, ...fixed }).flatMap(([name, value]) => [`--${name}`, value])
}
