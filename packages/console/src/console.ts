import { createServer } from 'node:http'
import { openMirror } from '@rollcall/mirror/database'
import { openBoardQueue } from '@rollcall/queue/board-queue'
import { locateQueue, openQueue } from '@rollcall/queue/open-queue'
import { errorLog } from '@rollcall/shared/error-log'
import type { Logger } from '@rollcall/shared/log'
import { closeServer, listen, portOf } from '@rollcall/shared/ops-server'
import { SILENCE_MS } from '@rollcall/shared/postgres-silence'
import { createAccess } from './access/access.ts'
import { createRuns } from './actions/runs.ts'
import type { ConsoleConfig } from './config.ts'
import { startWatch } from './overview/watch.ts'
import { createApp } from './web/app.ts'

export interface Console extends AsyncDisposable {
  readonly port: number
}

/** Forms are small, and a browser that sends one slower than this is none. */
const REQUEST_TIMEOUT_MS = 30_000

/** Starts the console. It serves whether or not queue and database are there, and says so where they are not. */
export async function startConsole(config: ConsoleConfig, log: Logger): Promise<Console> {
  await using opened = new AsyncDisposableStack()
  const location = locateQueue(config)
  const onQueueError = errorLog(log, 'queue.errored')
  const onDatabaseError = errorLog(log, 'database.errored')

  const mirror = openMirror({
    databaseUrl: config.DATABASE_URL,
    schema: config.DATABASE_SCHEMA,
    poolSize: config.DATABASE_POOL_SIZE,
    onError: onDatabaseError,
    silenceMs: SILENCE_MS,
  })
  opened.defer(() => mirror.close())
  const queue = openQueue(location, onQueueError)
  opened.defer(() => queue.close())
  const board = openBoardQueue(location, onQueueError)
  opened.defer(() => board.close())

  const now = Date.now
  const pipeline = { mirror, queue }
  const runs = createRuns(pipeline, log, now)
  opened.defer(() => runs.close())
  const watch = startWatch({ mirror, queue, onQueueError, onDatabaseError, now })
  opened.defer(() => watch.close())

  const access = createAccess(config, now)
  const app = createApp({
    access,
    board,
    mirror,
    catalog: config.settings.catalog,
    watch,
    runs,
    pipeline,
    backend: location.backend,
    log,
    now,
    trustProxy: config.TRUST_PROXY,
    consoleUrl: config.CONSOLE_URL,
  })
  const server = createServer({ requestTimeout: REQUEST_TIMEOUT_MS }, app)
  await listen(server, config.CONSOLE_PORT, 'CONSOLE_PORT', access.isLoopback ? '127.0.0.1' : undefined)
  opened.defer(() => closeServer(server))

  const port = portOf(server)
  const ways = [...(access.clerk ? ['clerk'] : []), ...access.credentials.map(({ way }) => way)]
  if (access.isLoopback) {
    const message = `nobody has to sign in, so the console answers to this machine only: http://localhost:${port}`
    log.warn({ port, ways, message }, 'console.started')
  } else log.info({ port, ways }, 'console.started')

  const open = opened.move()
  return { port, [Symbol.asyncDispose]: () => open.disposeAsync() }
}
