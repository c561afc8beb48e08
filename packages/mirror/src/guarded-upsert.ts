import type { Resource, Row } from '@rollcall/resources/define-resource'
import { toStorableJson } from '@rollcall/resources/storable'
import { type RawBuilder, sql } from 'kysely'

/** Columns of every mirrored table that are not the resource's own. `synced_at` is the database's clock, not ours. */
const HISTORY = ['data', 'instance_id', 'version', 'occurred_at', 'deleted_at', 'event_id'] as const

/**
 * One statement that writes a batch of rows and lets none of them move a row backwards [U1].
 *
 * The rows travel as a single JSON parameter, so the statement's text depends only on the resource, never on the batch
 * size. They are written in id order, so that two workers with overlapping batches queue for row locks instead of
 * deadlocking [U2]. Answers the ids that it wrote; a row whose id is missing was stale.
 *
 * `rows` must hold at most one row per id: Postgres does not update a row twice in one statement (SQLSTATE 21000).
 * `fold` sees to that. Event ids are compared by their bytes, as `supersedes` does, not by the database's locale.
 */
export function guardedUpsert(
  schema: string,
  resource: Resource,
  rows: readonly Row[],
): RawBuilder<{ readonly id: string }> {
  const table = sql.id(schema, resource.table)
  const written = [...Object.keys(resource.columns), ...HISTORY]
  const columns = sql.join(['id', ...written].map((column) => sql.id(column)))
  const assignments = sql.join(written.map((column) => sql`${sql.id(column)} = excluded.${sql.id(column)}`))

  return sql`
    insert into ${table} as current (${columns})
    select ${columns} from jsonb_populate_recordset(null::${table}, ${toStorableJson(rows)}::jsonb) order by id
    on conflict (id) do update set ${assignments}, synced_at = now()
    where (
      excluded.deleted_at is not null,
      excluded.version,
      excluded.occurred_at,
      coalesce(excluded.event_id, '') collate "C"
    ) > (
      current.deleted_at is not null,
      current.version,
      current.occurred_at,
      coalesce(current.event_id, '') collate "C"
    )
    returning id`
}
