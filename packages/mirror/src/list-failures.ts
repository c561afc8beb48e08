import { type Kysely, sql } from 'kysely'
import type { MirrorTables } from './tables.ts'

/** An event that failed, or a handler whose attempts ran out. No message is both: a failed event's handler never runs. */
export interface Failure {
  readonly what: 'event' | 'handler'
  readonly id: string
  readonly type: string | null
  readonly entity_id: string | null
  readonly occurred_at: Date
  /** When the event's outcome was committed; of a handler too, for the ledger does not tell when it gave up. */
  readonly applied_at: Date
  readonly attempts: number
  readonly error: string | null
}

/** What failed of the events that were settled last and has not been given up, newest first. Each half is read by an index of its own. */
export async function listFailures(
  db: Kysely<MirrorTables>,
  schema: string,
  limit: number,
): Promise<readonly Failure[]> {
  const table = sql.id(schema, 'webhook_events')
  const { rows } = await sql<Failure>`
    (
      select 'event' as what, id, type, entity_id, occurred_at, applied_at, attempts, error
      from ${table} where outcome = 'failed' and discarded_at is null
      order by applied_at desc, id limit ${limit}
    )
    union all
    (
      select 'handler', id, type, entity_id, occurred_at, applied_at, handler_attempts, handler_error
      from ${table} where handling = 'failed' and discarded_at is null
      order by applied_at desc, id limit ${limit}
    )
    order by applied_at desc, id
    limit ${limit}`.execute(db)
  return rows
}
