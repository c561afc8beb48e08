import { realpath, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type EmbeddedServer, type Launched, startEmbeddedServer } from './embedded-server.ts'
import { type Port, startOnPort } from './free-port.ts'
import { turnLog } from './log-file.ts'
import { postgresAnswers } from './postgres-answers.ts'
import { findPostgresBinaries, reachableBinaries } from './postgres-binaries.ts'
import { ensurePostgresData } from './postgres-data.ts'
import { findPostgresHome, homeElsewhere, SHARED_DIRECTORY } from './postgres-home.ts'
import { POSTGRES_STOP, stopPostgresLeftBehind } from './postgres-left-behind.ts'
import { whenReady } from './ready.ts'
import { startServerProcess } from './server-process.ts'

export interface EmbeddedPostgres extends EmbeddedServer {
  /** Where the data really is, which need not be below the directory asked for [E5]. */
  readonly dataDirectory: string
}

export interface PostgresOptions {
  /** Made if missing. Holds the data, the password and the log. */
  readonly directory: string
  readonly port: Port
  /** Anything that postgresql.conf takes. */
  readonly settings?: Readonly<Record<string, string>>
}

/** After a crash, sessions of the old server may hold its shared memory until they notice, and the new one will not start. */
const OLD_SESSIONS_MS = 10_000
const RETRY_MS = 250

/** Starts Postgres on the data in a directory, made if there are none, for this machine only [E1]. */
export async function startEmbeddedPostgres(options: PostgresOptions): Promise<EmbeddedPostgres> {
  const found = await findPostgresBinaries()
  const place = await findPostgresHome(options.directory)
  const binaries = place.account ? await reachableBinaries(found, place.account, SHARED_DIRECTORY) : found
  const dataDirectory = join(place.home, 'data')
  const logFile = join(place.home, 'postgres.log')

  let wanted = options.port

  const launchOnce = async (port: number, password: string): Promise<Launched> => {
    const url = `postgres://postgres:${password}@127.0.0.1:${port}/postgres`
    const server = await startServerProcess({
      command: binaries.postgres,
      commandArguments: commandArguments(dataDirectory, port, options.settings),
      directory: place.home,
      logFile,
      account: place.account,
      stopSteps: POSTGRES_STOP,
    })
    await whenReady({ name: 'Postgres', server, logFile, answers: () => postgresAnswers(url) })
    wanted = port // whoever has its address finds it there after a restart
    return { server, url }
  }

  const server = await startEmbeddedServer(place.home, async () => {
    const password = await ensurePostgresData(place, binaries.initdb)
    const endedUncleanly = await stopPostgresLeftBehind(dataDirectory)
    await turnLog(logFile)
    const giveUpAt = performance.now() + (endedUncleanly ? OLD_SESSIONS_MS : 0)
    for (;;) {
      try {
        return await startOnPort(wanted, (port) => launchOnce(port, password))
      } catch (error) {
        if (performance.now() > giveUpAt) throw error
        await sleep(RETRY_MS)
      }
    }
  })
  return Object.assign(server, { dataDirectory })
}

/** Ends whatever Postgres runs on a directory's data, whoever started it, and removes both, wherever they are. */
export async function removeEmbeddedPostgres(directory: string): Promise<void> {
  const wanted = await realpath(directory).catch(() => undefined) // there is nothing to remove
  if (wanted === undefined) return
  const moved = await homeElsewhere(wanted)
  for (const home of moved ? [moved, wanted] : [wanted]) {
    await stopPostgresLeftBehind(join(home, 'data'))
    await rm(home, { recursive: true, force: true })
  }
}

/** What keeps it on this machine comes last, so that no setting undoes it. There is no Unix socket: its path may be too long. */
function commandArguments(dataDirectory: string, port: number, settings: PostgresOptions['settings']): string[] {
  const all = { ...settings, listen_addresses: '127.0.0.1', unix_socket_directories: '', port: String(port) }
  const pairs = Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  return ['-D', dataDirectory, ...pairs]
}
