import type { Resource } from '@rollcall/resources/define-resource'
import type { Row } from '@rollcall/resources/row'
import { type RawBuilder, sql } from 'kysely'
import { forgetOwners, ownDeletion, readColumns, rowsJson, valueStanding, writtenColumns } from './row-columns.ts'

/**
 * One statement that writes a batch of rows and lets none of them move a row backwards [U1].
 *
 * The rows travel as a single JSON parameter, so the statement's text depends only on the resource, never on the batch
 * size. They are written in id order, so that two workers with overlapping batches queue for row locks instead of
 * deadlocking [U2]. Answers the ids that it wrote; a row whose id is missing was stale.
 *
 * `rows` must hold at most one row per id: Postgres does not update a row twice in one statement (SQLSTATE 21000).
 * `fold` sees to that.
 */
export function guardedUpsert(
  schema: string,
  resource: Resource,
  rows: readonly Row[],
): RawBuilder<{ readonly id: string }> {
  const table = sql.id(schema, resource.table)
  const written = [...writtenColumns(resource), 'deleted_at']
  const names = ['id', ...written]
  const columns = sql.join(names.map((column) => sql.id(column)))
  const assignments = sql.join(written.map((column) => sql`${sql.id(column)} = excluded.${sql.id(column)}`))

  return sql`
    insert into ${table} as current (${columns})
    select ${readColumns(resource, names)}
    from jsonb_populate_recordset(null::${table}, ${rowsJson(resource, rows)}::jsonb) order by id
    on conflict (id) do update set ${assignments}${forgetOwners(resource)}, synced_at = now()
    where (${ownDeletion(resource, 'excluded')} is not null, ${valueStanding('excluded')})
        > (${ownDeletion(resource, 'current')} is not null, ${valueStanding('current')})
    returning id`
}
