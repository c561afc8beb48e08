import { until } from '@rollcall/testkit/wait'
import { Client, type Pool } from 'pg'
import type { Arena } from './arena.ts'

/** Under load something is written all the time; a machine that is slow, or a worker that has just come back, takes a while. */
const COMES_WITHIN_MS = 60_000

/**
 * No commit is held for longer at once: that of the worker which is waited for may itself wait for a row that a held one of
 * another worker has locked, and would until it is cancelled [O38].
 */
const HELD_MS = 2_000

/** Of this worker, or of any. */
const WAITING_COMMITS = `
  select from pg_stat_activity where application_name like coalesce($1, 'worker-%') and wait_event = 'SyncRep'`

/** Postgres answers again soon after its start. */
const ANSWERS_WITHIN_MS = 60_000

/**
 * Does something at the moment at which the worker is in the middle of a batch's transaction: it has written the rows and
 * waits to write the ledger, or waits for another that does. Nothing of it is committed.
 */
export async function midBatch({ servers, database }: Arena, worker: string, act: () => Promise<void>): Promise<void> {
  await using lock = await openClient(servers.postgres.url)
  await lock.client.query('begin')
  await lock.client.query('lock table clerk.webhook_events in share mode')
  await untilSome(database, `a transaction of ${worker} is open and waits`, {
    text: `select from pg_stat_activity where application_name = $1 and wait_event_type = 'Lock'
      and query ~ 'insert into|advisory_xact_lock_shared'`,
    values: [worker],
  })
  await act()
}

/**
 * Does something at the moment at which a commit is on disk and has not been answered: Postgres waits for a replica that
 * there is not. By then nobody knows yet whether the transaction has been committed; it has. It is a moment of this worker,
 * or of any.
 */
export async function midCommit({ database }: Arena, worker: string | null, act: () => Promise<void>): Promise<void> {
  const what = `a commit of ${worker ?? 'a worker'} waits`
  const comes = async () => {
    await holdCommits(database, true)
    try {
      return await untilSome(database, what, { text: WAITING_COMMITS, values: [worker] }, HELD_MS)
    } catch (error) {
      await holdCommits(database, false)
      throw error
    }
  }
  try {
    await until(comes, { timeoutMs: COMES_WITHIN_MS, what })
    await act()
  } finally {
    const release = () => holdCommits(database, false).then(() => true)
    await until(release, { timeoutMs: ANSWERS_WITHIN_MS, what: 'Postgres holds no commit any more' })
  }
}

async function holdCommits(database: Pool, isHeld: boolean): Promise<void> {
  await database.query(
    `alter system ${isHeld ? "set synchronous_standby_names = 'nobody'" : 'reset synchronous_standby_names'}`,
  )
  await database.query('select pg_reload_conf()')
}

function untilSome(
  database: Pool,
  what: string,
  query: { readonly text: string; readonly values: unknown[] },
  timeoutMs = COMES_WITHIN_MS,
): Promise<boolean> {
  const isThere = async () => (await database.query(query)).rowCount! > 0
  return until(isThere, { timeoutMs, what })
}

/** A session of its own, which goes with whatever it holds. */
async function openClient(url: string): Promise<AsyncDisposable & { readonly client: Client }> {
  const client = new Client({ connectionString: url })
  client.on('error', () => {}) // what fails is told to whoever asks
  await client.connect()
  return { client, [Symbol.asyncDispose]: () => client.end() }
}
