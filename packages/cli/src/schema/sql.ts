import { listMigrations } from '@rollcall/mirror/migrations'
import type { Catalog } from '@rollcall/resources/catalog'

/** The ledger's, which is no table of what is mirrored. */
const LEDGER = 'mirror/'

/** The statements by which `migrate` makes the tables and the views over them, in their order. */
export async function sqlStatements(catalog: Catalog, schema: string): Promise<readonly string[]> {
  const migrations = (await listMigrations(catalog)).filter(({ id }) => !id.startsWith(LEDGER))
  return [
    '-- The tables that Rollcall mirrors Clerk into, and the views over them. Written by `rollcall schema --sql`, for tools that',
    '-- read a schema from statements. Where Rollcall runs, `rollcall migrate` makes them: do not run this there.',
    `create schema if not exists "${schema}";`,
    `set search_path to "${schema}";`,
    ...migrations.flatMap(({ id, sql }) => ['', `-- ${id}`, ...sql.trimEnd().split('\n')]),
  ]
}
