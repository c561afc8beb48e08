import type { MirrorTables } from '@rollcall/mirror/tables'
import type { Resource } from '@rollcall/resources/define-resource'
import { type Kysely, sql } from 'kysely'

/** Enough to meet an instance that has more than a few rows, few enough to be read with every answer. */
const SAMPLE = 1_000

/**
 * The Clerk instance that rows of this table are of, if they agree: Clerk's answer does not tell its own. Null where none
 * is known, or several: better no instance than a wrong one.
 */
export async function instanceOfRows(
  db: Kysely<MirrorTables>,
  schema: string,
  { table }: Resource,
): Promise<string | null> {
  const { rows } = await sql<{ instance_id: string }>`
    select distinct instance_id
    from (select instance_id from ${sql.id(schema, table)} limit ${SAMPLE}) as sample
    where instance_id is not null
    limit 2`.execute(db)
  return rows.length === 1 ? rows[0]!.instance_id : null
}
