import type { Resource } from '@rollcall/resources/define-resource'
import type { Row } from '@rollcall/resources/row'
import { toStorableJson } from '@rollcall/resources/storable'
import { type RawBuilder, sql } from 'kysely'

/** Columns of every mirrored table that tell of its history. `synced_at` is the database's clock, not ours. */
const HISTORY = ['data', 'instance_id', 'version', 'occurred_at', 'event_id'] as const

/** The columns that an event brings along, besides the id and `deleted_at`. */
export const writtenColumns = (resource: Resource): readonly string[] => [...Object.keys(resource.columns), ...HISTORY]

/**
 * Of `columns`, how each is read from a row that came as `rowsJson` has it. What only copies a field of `data` is not sent a
 * second time: it would be a third of the JSON that Postgres parses, and parsing is half of what a row costs it.
 */
export const readColumns = (resource: Resource, columns: readonly string[]): RawBuilder<unknown> =>
  sql.join(
    columns.map((name) => {
      const field = resource.columns[name]?.copies
      return field === undefined ? sql.id(name) : sql`nullif(data -> ${sql.lit(field)}, 'null')`
    }),
  )

/** Rows as the parameter of a statement that reads them with `readColumns`. */
export function rowsJson(resource: Resource, rows: readonly Row[]): string {
  const copies = new Set(Object.keys(resource.columns).filter((name) => resource.columns[name]!.copies !== undefined))
  if (copies.size === 0) return toStorableJson(rows)
  const sent = rows.map((row) => Object.fromEntries(Object.entries(row).filter(([name]) => !copies.has(name))))
  return toStorableJson(sent)
}

/** The columns that a deletion erases: all that is mirrored. */
export const erasedColumns = (resource: Resource): readonly string[] => [...Object.keys(resource.columns), 'data']

export const hasOwners = (resource: Resource): boolean => Object.keys(resource.owners).length > 0

/**
 * When a row was deleted by an event of its own. One that went with its owner has not been [T4]: it is what it was, and
 * a newer event of its own says whether it still goes.
 */
export const ownDeletion = (resource: Resource, row: 'current' | 'excluded'): RawBuilder<Date | null> =>
  hasOwners(resource) && row === 'current'
    ? sql`case when current.deleted_with is null then current.deleted_at end`
    : sql`${sql.id(row, 'deleted_at')}`

/** A row that is written again has to be told anew that it goes with its owner. */
export const forgetOwners = (resource: Resource): RawBuilder<unknown> =>
  hasOwners(resource) ? sql`, deleted_with = null` : sql``

/** Where the values of a row stand, deletions aside. Ids are compared by their bytes, whatever the locale [V2]. */
export const valueStanding = (row: 'current' | 'excluded'): RawBuilder<unknown> => {
  const column = (name: string) => sql.id(row, name)
  return sql`${column('version')}, ${column('occurred_at')}, coalesce(${column('event_id')}, '') collate "C"`
}
