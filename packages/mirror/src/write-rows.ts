import type { Deletion, MirroredResource } from '@rollcall/resources/catalog'
import type { Row } from '@rollcall/resources/row'
import type { Kysely } from 'kysely'
import { fold, foldKeeping } from './fold.ts'
import { guardedUpsert } from './guarded-upsert.ts'
import { keepingUpsert } from './keeping-upsert.ts'
import type { MirrorTables } from './tables.ts'

/** Writes the newest row of each id, and answers those of `rows` that the table took. The others are stale. */
export const writeRows = (
  db: Kysely<MirrorTables>,
  schema: string,
  resource: MirroredResource,
  rows: readonly Row[],
): Promise<ReadonlySet<Row>> => WRITE[resource.onDelete](db, schema, resource, rows)

const WRITE: Readonly<Record<Deletion, typeof writeRows>> = {
  async erase(db, schema, resource, rows) {
    const winners = fold(rows)
    const { rows: written } = await guardedUpsert(schema, resource, winners).execute(db)
    const ids = new Set(written.map((row) => row.id))
    return new Set(winners.filter((row) => ids.has(row.id)))
  },

  async keep(db, schema, resource, rows) {
    const kept = foldKeeping(rows)
    const { rows: written } = await keepingUpsert(schema, resource, kept).execute(db)
    const now = new Map(written.map((row) => [row.id, row]))
    return new Set(
      kept.flatMap(({ id, values, deletion }) => {
        const row = now.get(id)
        if (!row) return []
        const isWritten = values && row.event_id === values.event_id
        const isDeleted = deletion && row.deleted_at?.getTime() === Date.parse(deletion.deleted_at!)
        return [...(isWritten ? [values] : []), ...(isDeleted ? [deletion] : [])]
      }),
    )
  },
}
