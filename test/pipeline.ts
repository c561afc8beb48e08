import { migrateDatabase } from '@rollcall/cli/commands/migrate'
import { InstallationConfig } from '@rollcall/cli/installation-config'
import type { Settings } from '@rollcall/config/settings'
import { needed, Config as ReceiverConfig, WEBHOOK_PATH } from '@rollcall/receiver/config'
import { startReceiver } from '@rollcall/receiver/receiver'
import { loadConfig } from '@rollcall/shared/config'
import type { Logger } from '@rollcall/shared/log'
import { applyRoles } from '@rollcall/testkit/roles'
import { settingsOf } from '@rollcall/testkit/settings'
import { newSecret, post, signedRequest } from '@rollcall/testkit/svix'
import type { ExpectedUser } from '@rollcall/testkit/user-history'
import { until } from '@rollcall/testkit/wait'
import { Config as WorkerConfig } from '@rollcall/worker/config'
import { startWorker } from '@rollcall/worker/worker'
import { Pool, type QueryResultRow } from 'pg'

/**
 * A receiver and a worker between the servers that the variables name, with a sender that is Svix's own library. The variables
 * are an administrator's; what is started has the least rights that it can have [I45].
 */
export interface Pipeline extends AsyncDisposable {
  /** The endpoint, and the secret with which it verifies. */
  readonly url: string
  readonly secret: string
  /** Where each tells how it is and what it counted. */
  readonly opsPorts: { readonly receiver: number; readonly worker: number }
  /** Sends a body as Svix would, and answers the status. */
  send(body: unknown, messageId: string): Promise<number>
  /** Rows of a query on the mirror, through a connection of the test's own. */
  query<Row extends QueryResultRow>(text: string): Promise<Row[]>
  /** Resolves when the ledger holds so many events. */
  untilSettled(count: number, timeoutMs: number): Promise<void>
  workerReadiness(): Promise<{ readonly ready: boolean }>
}

export async function startPipeline(
  variables: Readonly<Record<string, string>>,
  log: Logger,
  settings: Settings = settingsOf(),
): Promise<Pipeline> {
  await using opened = new AsyncDisposableStack()
  const secret = newSecret()
  const urls = await applyRoles(variables.DATABASE_URL!, variables.DATABASE_SCHEMA)
  await migrateDatabase(loadConfig(InstallationConfig, { ...variables, DATABASE_URL: urls.migrator }), settings.catalog)
  const complete = {
    PORT: '0',
    OPS_PORT: '0',
    CLERK_WEBHOOK_SIGNING_SECRET: secret,
    ...variables,
    DATABASE_URL: urls.worker,
  }

  const worker = opened.use(await startWorker({ ...loadConfig(WorkerConfig, complete), settings }, log))
  const receiver = opened.use(await startReceiver(loadConfig(ReceiverConfig, complete, needed), log))
  const pool = new Pool({ connectionString: variables.DATABASE_URL, max: 1 })
  // A test may stop Postgres under it.
  pool.on('error', () => undefined)
  opened.defer(() => pool.end())

  const query: Pipeline['query'] = async <Row extends QueryResultRow>(text: string) =>
    (await pool.query<Row>(text)).rows
  const open = opened.move()
  const url = `http://127.0.0.1:${receiver.port}${WEBHOOK_PATH}`
  return {
    url,
    secret,
    opsPorts: { receiver: receiver.opsPort, worker: worker.opsPort },
    query,
    async send(body, messageId) {
      const text = typeof body === 'string' ? body : JSON.stringify(body)
      const response = await post(url, signedRequest({ secret, messageId, body: text }))
      await response.arrayBuffer()
      return response.status
    },
    async untilSettled(count, timeoutMs) {
      const isSettled = async () =>
        Number((await query<{ count: string }>('select count(*) from clerk.webhook_events'))[0]!.count) >= count
      await until(isSettled, { timeoutMs, what: `${count} events are settled` })
    },
    workerReadiness: async () =>
      (await (await fetch(`http://127.0.0.1:${worker.opsPort}/readyz`)).json()) as { ready: boolean },
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  }
}

/** Sends everything, so many requests at a time, and answers the statuses in the order of the messages. */
export async function sendAll(
  pipeline: Pipeline,
  messages: readonly { readonly body: unknown; readonly messageId: string }[],
  concurrency: number,
): Promise<readonly number[]> {
  const statuses: number[] = []
  const left = messages.entries()
  await Promise.all(
    Array.from({ length: concurrency }, async () => {
      for (const [i, { body, messageId }] of left) statuses[i] = await pipeline.send(body, messageId)
    }),
  )
  return statuses
}

/** The `users` table, as far as a history tells what must be in it. */
export const mirroredUsers = (pipeline: Pipeline): Promise<ExpectedUser[]> =>
  pipeline.query<ExpectedUser>(`
    select id, first_name, primary_email_address, public_metadata, deleted_at is not null as deleted
    from clerk.users order by id`)
