import type { Catalog, MirroredResource } from '@rollcall/resources/catalog'
import type { Row } from '@rollcall/resources/row'
import type { Kysely } from 'kysely'
import { eraseBodies } from './erase-bodies.ts'
import type { MirrorTables } from './tables.ts'
import { writeRequested } from './write-requested.ts'

/**
 * Writes rows that no event asked for: of snapshots, or of entities that Clerk no longer has. Through the same guard as
 * events, and with the same consequences, so that it is safe beside them and moves no row back [K1]. To be called in a
 * transaction that holds no row lock yet.
 *
 * Answers the ids of the rows that were written; the others were beaten by an event.
 */
export async function writeSnapshots(
  db: Kysely<MirrorTables>,
  schema: string,
  catalog: Catalog,
  resource: MirroredResource,
  rows: readonly Row[],
): Promise<ReadonlySet<string>> {
  if (rows.length === 0) return new Set()
  const written = await writeRequested(
    db,
    schema,
    catalog,
    rows.map((row) => ({ resource, row })),
  )
  await eraseBodies(db, schema, written.erased)
  return new Set([...written.rows].map((row) => row.id))
}
