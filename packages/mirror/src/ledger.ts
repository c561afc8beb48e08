import { toStorableJson } from '@rollcall/resources/storable'
import { isoTime } from '@rollcall/shared/time'
import { type Kysely, sql } from 'kysely'
import type { LedgerEntry } from './ledger-entry.ts'
import type { MirrorTables } from './tables.ts'

/** Of these messages, the ones that have ended for good. A failed one has not: it may run again [D2]. */
export async function settledAmong(db: Kysely<MirrorTables>, ids: readonly string[]): Promise<ReadonlySet<string>> {
  const rows = await db
    .selectFrom('webhook_events')
    .select('id')
    .where('outcome', '!=', 'failed')
    // One parameter whatever the batch size, so that the statement's text stays the same.
    .where('id', '=', sql<string>`any(${ids})`)
    .execute()
  return new Set(rows.map((row) => row.id))
}

/** Columns that an event brings along; the rest is the database's. */
const WRITTEN = [
  'type',
  'resource',
  'entity_id',
  'instance_id',
  'occurred_at',
  'received_at',
  'outcome',
  'error',
  'body',
  'user_ids',
  'handling',
  'handle_at',
  'version',
  'stale_against',
  'error_group',
] as const

/** Of a handler that has run, or is to run, already: a replay does not run it again [Y2]. */
const HANDLER_COLUMNS: readonly string[] = ['handling', 'handle_at']

/**
 * Writes how events ended, and answers the ids that it wrote. A message that another worker has settled meanwhile is
 * left as it is and missing from the answer; one that had failed is written over, its attempts added up [D1]. Of those
 * that are replayed, one that has been settled is written over only if it comes to more than before [Y2].
 *
 * After all rows and in id order: every transaction takes row locks in the same order, tables first.
 */
export async function recordOutcomes(
  db: Kysely<MirrorTables>,
  schema: string,
  entries: readonly LedgerEntry[],
  replayed: readonly string[],
): Promise<ReadonlySet<string>> {
  const table = sql.id(schema, 'webhook_events')
  const rows = entries.map((entry) => ({
    ...entry,
    occurred_at: isoTime(entry.occurred_at),
    received_at: isoTime(entry.received_at),
  }))
  const columns = sql.join(WRITTEN.map((column) => sql.id(column)))
  const values = sql.join(
    // A handler is due at once; the database's clock says when that is.
    WRITTEN.map((column) =>
      column === 'handle_at' ? sql`case when handling = 'waiting' then now() end` : sql.id(column),
    ),
  )
  const assignments = sql.join(
    WRITTEN.map((column) => {
      const name = sql.id(column)
      return HANDLER_COLUMNS.includes(column)
        ? sql`${name} = case when current.outcome = 'failed' or current.handling is null then excluded.${name} else current.${name} end`
        : sql`${name} = excluded.${name}`
    }),
  )

  const { rows: written } = await sql<{ id: string }>`
    insert into ${table} as current (id, attempts, ${columns})
    select id, attempts, ${values}
    from jsonb_populate_recordset(null::${table}, ${toStorableJson(rows)}::jsonb)
    order by id
    on conflict (id) do update set
      ${assignments},
      applied_at = now(),
      attempts = current.attempts + excluded.attempts,
      discarded_at = null
    where current.outcome = 'failed'
      or current.id = any(${replayed}) and current.handling is distinct from 'waiting' and (
        excluded.outcome = 'applied' or current.outcome = 'ignored' and excluded.outcome in ('stale', 'failed')
      )
    returning id`.execute(db)
  return new Set(written.map((row) => row.id))
}
