import { type Kysely, sql } from 'kysely'
import type { MirrorTables } from './tables.ts'

/** Rows in one statement: some milliseconds of work, so that nobody who waits for one of its locks notices. */
const BATCH_ROWS = 1_000

/**
 * Removes the oldest events that were settled before so many days, a batch of them, and answers whether there may be more
 * [D4]. One whose handler has not run stays. Rows that somebody else holds are left for the next time, so that it never
 * waits, and nobody waits for it.
 */
export async function removeOldEvents(db: Kysely<MirrorTables>, schema: string, days: number): Promise<boolean> {
  const table = sql.id(schema, 'webhook_events')
  const { numAffectedRows } = await sql`
    delete from ${table} where id in (
      select id from ${table}
      where applied_at < now() - make_interval(days => ${days}) and handling is distinct from 'waiting'
      order by applied_at
      limit ${BATCH_ROWS}
      for update skip locked
    )`.execute(db)
  return isMoreLeft(numAffectedRows)
}

/** Drops bodies kept of events that were settled before so many days, likewise [D4]. */
export async function dropOldBodies(db: Kysely<MirrorTables>, schema: string, days: number): Promise<boolean> {
  const table = sql.id(schema, 'webhook_events')
  const { numAffectedRows } = await sql`
    update ${table} set body = null where id in (
      select id from ${table}
      where applied_at < now() - make_interval(days => ${days})
        and body is not null and handling is distinct from 'waiting'
      order by applied_at
      limit ${BATCH_ROWS}
      for update skip locked
    )`.execute(db)
  return isMoreLeft(numAffectedRows)
}

const isMoreLeft = (affected: bigint | undefined): boolean => Number(affected ?? 0n) === BATCH_ROWS
