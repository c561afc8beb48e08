import type { Mirror } from '@rollcall/mirror/database'
import { sql } from 'kysely'

/**
 * All that is in the database besides rows: what SQL in a text would make, change or drop if it were ever run. Roles are the
 * server's, where other tests make and drop theirs, by names that end in twelve digits.
 */
export async function databaseShape(mirror: Mirror): Promise<string> {
  const { rows } = await sql<{ shape: unknown }>`
    select jsonb_build_object(
      'columns', (
        select jsonb_agg(concat_ws(' ', table_schema, table_name, column_name, data_type) order by table_name, column_name)
        from information_schema.columns where table_schema not in ('pg_catalog', 'information_schema')),
      'routines', (
        select jsonb_agg(concat_ws(' ', routine_schema, routine_name) order by routine_schema, routine_name)
        from information_schema.routines where routine_schema not in ('pg_catalog', 'information_schema')),
      'schemas', (select jsonb_agg(nspname order by nspname) from pg_namespace where nspname not like 'pg\\_%'),
      'roles', (select jsonb_agg(rolname order by rolname) from pg_roles where rolname !~ '_[0-9a-f]{12}')
    ) as shape`.execute(mirror.db)
  return JSON.stringify(rows[0]!.shape)
}
