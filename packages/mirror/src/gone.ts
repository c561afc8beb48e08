import type { Catalog } from '@rollcall/resources/catalog'
import { PERSON } from '@rollcall/resources/references'
import { type Kysely, sql } from 'kysely'
import { ownersIn } from './owners.ts'
import type { MirrorTables } from './tables.ts'

/** Of some owners, those that are deleted. */
export interface Gone {
  readonly owners: readonly string[]
  /** Of these, the users who are to be erased wherever they are told of. */
  readonly erasedUsers: readonly string[]
}

/** Which of these ids belong to owners that are deleted. */
export async function goneAmong(
  db: Kysely<MirrorTables>,
  schema: string,
  catalog: Catalog,
  ids: readonly string[],
): Promise<Gone> {
  const tables = ownersIn(catalog)
  if (ids.length === 0 || tables.length === 0) return { owners: [], erasedUsers: [] }
  const { rows } = await sql<{ id: string; owner: string }>`${sql.join(
    tables.map(
      ({ name, table }) => sql`
        select id, ${name} as owner from ${sql.id(schema, table)} where id = any(${ids}) and deleted_at is not null`,
    ),
    sql` union all `,
  )}`.execute(db)
  const erasesUsers = catalog.mirroredNamed(PERSON)?.onDelete === 'erase'
  return {
    owners: rows.map((row) => row.id),
    erasedUsers: erasesUsers ? rows.filter((row) => row.owner === PERSON).map((row) => row.id) : [],
  }
}
