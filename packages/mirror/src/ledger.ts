import { toStorableJson } from '@rollcall/resources/storable'
import { isoTime } from '@rollcall/shared/time'
import { type Kysely, sql } from 'kysely'
import type { LedgerEntry } from './interpret.ts'
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

/**
 * Writes how events ended, and answers the ids that it wrote. A message that another worker has settled meanwhile is
 * left as it is and missing from the answer; one that had failed is written over, its attempts added up [D1].
 *
 * The last statement of a batch, in id order: every transaction takes row locks in the same order, tables first.
 */
export async function recordOutcomes(
  db: Kysely<MirrorTables>,
  schema: string,
  entries: readonly LedgerEntry[],
): Promise<ReadonlySet<string>> {
  const table = sql.id(schema, 'webhook_events')
  const rows = entries.map((entry) => ({
    ...entry,
    occurred_at: isoTime(entry.occurred_at),
    received_at: isoTime(entry.received_at),
  }))
  const { rows: written } = await sql<{ id: string }>`
    insert into ${table} as current
      (id, type, resource, entity_id, instance_id, occurred_at, received_at, outcome, error, attempts, body)
    select id, type, resource, entity_id, instance_id, occurred_at, received_at, outcome, error, attempts, body
    from jsonb_populate_recordset(null::${table}, ${toStorableJson(rows)}::jsonb)
    order by id
    on conflict (id) do update set
      type = excluded.type,
      resource = excluded.resource,
      entity_id = excluded.entity_id,
      instance_id = excluded.instance_id,
      occurred_at = excluded.occurred_at,
      received_at = excluded.received_at,
      applied_at = now(),
      outcome = excluded.outcome,
      error = excluded.error,
      attempts = current.attempts + excluded.attempts,
      body = excluded.body
    where current.outcome = 'failed'
    returning id`.execute(db)
  return new Set(written.map((row) => row.id))
}
