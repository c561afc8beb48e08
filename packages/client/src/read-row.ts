import type { MirrorTables } from '@rollcall/mirror/tables'
import type { Resource } from '@rollcall/resources/define-resource'
import { type Kysely, sql } from 'kysely'

/** A row as the mirror holds it, whose columns the catalog tells: `kinds.ts` gives it its type. */
export interface StoredRow {
  readonly id: string
  readonly deleted_at: Date | null
}

/** By primary key and without a lock: it waits for no writer. */
export async function readRow(
  db: Kysely<MirrorTables>,
  schema: string,
  { table }: Resource,
  id: string,
): Promise<StoredRow | undefined> {
  const { rows } = await sql<StoredRow>`select * from ${sql.id(schema, table)} where id = ${id}`.execute(db)
  return rows[0]
}
