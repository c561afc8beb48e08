import { type Kysely, sql } from 'kysely'
import type { MirrorTables } from './tables.ts'

/** What our role may do in a schema. Names are quoted as SQL needs them. */
export interface Privileges {
  readonly role: string
  readonly database: string
  readonly schema: string
  readonly isThere: boolean
  readonly mayUse: boolean
  /** In the schema; where it is not there, the schema itself. */
  readonly mayCreate: boolean
  /** What it may not do, by table or sequence. */
  readonly missing: ReadonlyMap<string, readonly string[]>
}

/** With these tables, or with all there are. Asked of the catalog by oid: what may not be used cannot be named. */
export async function privilegesIn(
  db: Kysely<MirrorTables>,
  schema: string,
  tables: readonly string[] | undefined,
): Promise<Privileges> {
  const { rows } = await sql<Omit<Privileges, 'missing'>>`
    select
      quote_ident(current_user) as role,
      quote_ident(current_database()) as database,
      quote_ident(${schema}) as schema,
      namespace.oid is not null as "isThere",
      coalesce(has_schema_privilege(namespace.oid, 'usage'), false) as "mayUse",
      coalesce(
        has_schema_privilege(namespace.oid, 'create'),
        has_database_privilege(current_database(), 'create')
      ) as "mayCreate"
    from (select) as one
    left join pg_namespace as namespace on nspname = ${schema}`.execute(db)
  const { rows: missing } = await sql<{ table: string; missing: string[] }>`
    select quote_ident(relname) as table, array_agg(privilege order by position) as missing
    from pg_class
    cross join unnest(
      case when relkind = 'S' then array['usage'] else array['select', 'insert', 'update', 'delete'] end
    ) with ordinality as needed (privilege, position)
    where relnamespace = (select oid from pg_namespace where nspname = ${schema})
      and relkind in ('r', 'p', 'S')
      and ${tables ? sql`relname = any(${tables})` : sql`true`}
      and not case
        when relkind = 'S' then has_sequence_privilege(pg_class.oid, privilege)
        else has_table_privilege(pg_class.oid, privilege)
      end
    group by relname
    order by relname`.execute(db)
  return { ...rows[0]!, missing: new Map(missing.map((row) => [row.table, row.missing])) }
}
