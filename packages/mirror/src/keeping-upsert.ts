import type { Resource } from '@rollcall/resources/define-resource'
import type { Row } from '@rollcall/resources/row'
import { type RawBuilder, sql } from 'kysely'
import type { Kept } from './fold.ts'
import { forgetOwners, ownDeletion, readColumns, rowsJson, valueStanding, writtenColumns } from './row-columns.ts'

/** The version of a row that is nothing but a deletion: below every value's. */
const NO_VERSION = 0

/**
 * The guarded upsert of a resource whose deletions keep the last values. Values and deletion are two maxima of their
 * own: the newest values win among values, also when they come after the deletion, and the last deletion among deletions
 * [T5]. So here too every order ends in the same rows. As in `guardedUpsert`, one parameter, in id order.
 *
 * Answers the rows that it wrote, as they are now: whose values they hold, and when they were deleted.
 */
export function keepingUpsert(
  schema: string,
  resource: Resource,
  kept: readonly Kept[],
): RawBuilder<{ readonly id: string; readonly event_id: string | null; readonly deleted_at: Date | null }> {
  const table = sql.id(schema, resource.table)
  const written = writtenColumns(resource)
  const names = ['id', ...written, 'deleted_at']
  const columns = sql.join(names.map((column) => sql.id(column)))
  const isNewer = sql`(${valueStanding('excluded')}) > (${valueStanding('current')})`
  const assignments = sql.join(
    written.map((column) => {
      const name = sql.id(column)
      return sql`${name} = case when ${isNewer} then excluded.${name} else current.${name} end`
    }),
  )
  const deletedBefore = ownDeletion(resource, 'current')

  return sql`
    insert into ${table} as current (${columns})
    select ${readColumns(resource, names)}
    from jsonb_populate_recordset(null::${table}, ${rowsJson(resource, kept.map(rowOf))}::jsonb) order by id
    on conflict (id) do update set
      ${assignments},
      deleted_at = greatest(${deletedBefore}, excluded.deleted_at)${forgetOwners(resource)},
      synced_at = now()
    where ${isNewer} or excluded.deleted_at > coalesce(${deletedBefore}, '-infinity')
    returning id, event_id, deleted_at`
}

function rowOf({ values, deletion }: Kept): Row {
  if (values) return { ...values, deleted_at: deletion?.deleted_at ?? null }
  return { ...deletion!, version: NO_VERSION }
}
