import { createHash } from 'node:crypto'
import type { Mirror } from '@rollcall/mirror/database'
import type { MirrorTables } from '@rollcall/mirror/tables'
import { PipelineError } from '@rollcall/shared/errors'
import { type Kysely, sql } from 'kysely'

/**
 * Does the work while nobody else, in whatever process, does such work on the same schema; else it is `run_under_way`
 * [K10]. Two would share Clerk's rate limit, each thinking it had it alone.
 *
 * The lock is a connection's, which is handed to the work and is its own: a process that dies lets go of it. Where the
 * connection breaks the lock is lost, and a second run may begin, which costs requests and no row.
 */
export function oneAtATime<Result>(
  mirror: Mirror,
  work: (reserved: Kysely<MirrorTables>) => Promise<Result>,
): Promise<Result> {
  const key = lockKey(mirror.schema)
  return mirror.db.connection().execute(async (reserved) => {
    const { rows } = await sql<{ isOurs: boolean }>`select pg_try_advisory_lock(${key}) as "isOurs"`.execute(reserved)
    if (!rows[0]?.isOurs) throw underWay(mirror.schema)
    try {
      return await work(reserved)
    } finally {
      await sql`select pg_advisory_unlock(${key})`.execute(reserved)
    }
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
