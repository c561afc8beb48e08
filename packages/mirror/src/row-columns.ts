import type { Resource } from '@rollcall/resources/define-resource'
import { type RawBuilder, sql } from 'kysely'

/** Columns of every mirrored table that tell of its history. `synced_at` is the database's clock, not ours. */
const HISTORY = ['data', 'instance_id', 'version', 'occurred_at', 'event_id'] as const

/** The columns that an event brings along, besides the id and `deleted_at`. */
export const writtenColumns = (resource: Resource): readonly string[] => [...Object.keys(resource.columns), ...HISTORY]

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
