import { once } from 'node:events'
import { createServer } from 'node:http'
import { openBoardQueue } from '@rollcall/queue/board-queue'
import { locateQueue, openQueue, type QueueVariables } from '@rollcall/queue/open-queue'
import { migratePostgresQueue } from '@rollcall/queue/postgres-schema'
import { loadConfig } from '@rollcall/shared/config'
import { closeServer, portOf } from '@rollcall/shared/ops-server'
import { captureLog } from '@rollcall/testkit/captured-log'
import { createTestMirror, type TestMirror } from '@rollcall/testkit/mirror'
import { type Backend, createQueue } from '@rollcall/testkit/queue'
import type { Express } from 'express'
import { createAccess } from './access/access.ts'
import { createRuns } from './actions/runs.ts'
import { Config, needed } from './config.ts'
import { startWatch } from './overview/watch.ts'
import { createApp } from './web/app.ts'

export const TOKEN = 'a-token-of-more-than-32-characters'
export const bearer = { authorization: `Bearer ${TOKEN}` }

/** A console over a mirror and a queue of a test's own, seen through bare HTTP. */
export interface TestConsole extends AsyncDisposable {
  readonly app: Express
  readonly url: string
  readonly mirror: TestMirror
  readonly queueVariables: QueueVariables
  request(path: string, init?: RequestInit): Promise<Response>
  /** Follows no redirect, and answers the page as text. */
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<Page>
  post(
    path: string,
    fields: Readonly<Record<string, string>>,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Page>
}

export interface Page {
  readonly status: number
  readonly headers: Headers
  readonly text: string
}

export const browserHeaders = { accept: 'text/html' }

export async function startTestConsole(
  variables: Readonly<Record<string, string>> = { CONSOLE_TOKEN: TOKEN },
  backend: Backend = 'redis',
): Promise<TestConsole> {
  await using opened = new AsyncDisposableStack()
  const mirror = opened.use(await createTestMirror({ poolSize: 4 }))
  const { databaseUrl } = mirror
  const queueVariables = backend === 'redis' ? opened.use(await createQueue('redis')).variables : {}
  if (backend === 'postgres') await migratePostgresQueue({ databaseUrl, schema: 'clerk', poolSize: 1 })
  const config = loadConfig(
    Config,
    { DATABASE_URL: databaseUrl, DATABASE_POOL_SIZE: '2', ...queueVariables, ...variables },
    needed,
  )

  const location = locateQueue(config)
  const { log } = captureLog()
  const queue = openQueue(location, rethrow)
  opened.defer(() => queue.close())
  const board = openBoardQueue(location, rethrow)
  opened.defer(() => board.close())
  const now = Date.now
  const pipeline = { mirror, queue }
  const runs = createRuns(pipeline, log, now)
  opened.defer(() => runs.close())
  const watch = startWatch({ mirror, queue, onQueueError: rethrow, onDatabaseError: rethrow, now })
  opened.defer(() => watch.close())
  // No page waits for the first look; a test that wants the switch of the queue would have to.
  await watch.lookAtQueue()
  const app = createApp({
    access: createAccess(config, now),
    board,
    mirror,
    catalog: mirror.catalog,
    watch,
    runs,
    pipeline,
    backend,
    log,
    now,
    trustProxy: config.TRUST_PROXY,
    consoleUrl: config.CONSOLE_URL,
  })
  const server = createServer(app).listen(0, '127.0.0.1')
  await once(server, 'listening')
  opened.defer(() => closeServer(server))

  const url = `http://127.0.0.1:${portOf(server)}`
  const request: TestConsole['request'] = (path, init) => fetch(`${url}${path}`, { redirect: 'manual', ...init })
  const page = async (response: Response): Promise<Page> => ({
    status: response.status,
    headers: response.headers,
    text: await response.text(),
  })
  const open = opened.move()
  return {
    app,
    url,
    mirror,
    queueVariables: config,
    request,
    get: async (path, headers) => page(await request(path, { headers: { ...browserHeaders, ...headers } })),
    post: async (path, fields, headers) =>
      page(
        await request(path, {
          method: 'POST',
          headers: { ...browserHeaders, ...headers },
          body: new URLSearchParams(fields),
        }),
      ),
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  }
}

const rethrow = (error: Error): never => {
  throw error
}
