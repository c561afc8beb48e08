import { createHash } from 'node:crypto'
import type { Mirror } from '@rollcall/mirror/database'
import type { MirrorTables } from '@rollcall/mirror/tables'
import { PipelineError } from '@rollcall/shared/errors'
import { type Kysely, sql } from 'kysely'

/**
 * Does the work while nobody else, in whatever process, does such work on the same schema; else it is `run_under_way`
 * [K10]. Two would share Clerk's rate limit, each thinking it had it alone.
 *
 * The lock is a transaction's, which stays open for as long as the work takes and is handed to it: a process that dies lets
 * go of it, and behind a pooler that shares connections between transactions it is ours alone as well [I40]. What is to be
 * seen by others, or to stay, the work writes elsewhere. Where the connection breaks the lock is lost, and a second run may
 * begin, which costs requests and no row.
 */
export function oneAtATime<Result>(
  mirror: Mirror,
  work: (reserved: Kysely<MirrorTables>) => Promise<Result>,
): Promise<Result> {
  const key = lockKey(mirror.schema)
  // Each statement sees what has been committed by then, and between two of them Postgres keeps no old rows for us.
  const transaction = mirror.db.transaction().setIsolationLevel('read committed')
  return transaction.execute(async (reserved) => {
    // It waits for Clerk most of the time. The second one came with Postgres 17.
    await sql`
      select set_config(name, '0', true) from pg_settings
      where name in ('idle_in_transaction_session_timeout', 'transaction_timeout')`.execute(reserved)
    const { rows } = await sql<{ isOurs: boolean }>`
      select pg_try_advisory_xact_lock(${key}) as "isOurs"`.execute(reserved)
    if (!rows[0]?.isOurs) throw underWay(mirror.schema)
    return work(reserved)
  })
}

/** As that of migrations, behind a prefix of its own. */
const lockKey = (schema: string): bigint =>
  createHash('sha256').update(`rollcall clerk ${schema}`).digest().readBigInt64BE()

const underWay = (schema: string) =>
  new PipelineError(
    'run_under_way',
    `Another backfill or reconcile of the schema ${schema} is under way, by hand or by a worker's schedule. Wait until it has ended.`,
  )
