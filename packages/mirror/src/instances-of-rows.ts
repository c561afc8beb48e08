import type { Catalog } from '@rollcall/resources/catalog'
import { type Kysely, sql } from 'kysely'
import type { MirrorTables } from './tables.ts'

/** The Clerk instances that the mirror's rows are of. Reads every table whole. */
export async function instancesOfRows(
  db: Kysely<MirrorTables>,
  schema: string,
  catalog: Catalog,
): Promise<ReadonlySet<string>> {
  const perTable = catalog.mirrored.map(({ table }) => sql`select distinct instance_id from ${sql.id(schema, table)}`)
  if (perTable.length === 0) return new Set()
  const { rows } = await sql<{ instance_id: string | null }>`${sql.join(perTable, sql` union `)}`.execute(db)
  return new Set(rows.map((row) => row.instance_id).filter((id) => id !== null))
}
