import { Client } from 'pg'

export interface RelationColumn {
  /** As Postgres writes it: `timestamp with time zone`, `text[]`. */
  readonly type: string
  readonly isNullable: boolean
  readonly default: string | null
  readonly comment: string | null
}

/** A table or view as a database has it. */
export interface Relation {
  readonly kind: 'table' | 'view'
  readonly comment: string | null
  /** In their order. */
  readonly columns: ReadonlyMap<string, RelationColumn>
  readonly indexes: readonly string[]
}

const COLUMNS = `
  select
    relation.relname as relation, relation.relkind as kind, obj_description(relation.oid, 'pg_class') as relation_comment,
    attname as name, format_type(atttypid, atttypmod) as type, not attnotnull as nullable,
    pg_get_expr(adbin, adrelid) as "default", col_description(relation.oid, attnum) as comment
  from pg_class as relation
  join pg_attribute on attrelid = relation.oid and attnum > 0 and not attisdropped
  left join pg_attrdef on adrelid = relation.oid and adnum = attnum
  where relation.relnamespace = $1::regnamespace and relation.relkind in ('r', 'v')
  order by relation.relname, attnum`

interface Row {
  readonly relation: string
  readonly kind: 'r' | 'v'
  readonly relation_comment: string | null
  readonly name: string
  readonly type: string
  readonly nullable: boolean
  readonly default: string | null
  readonly comment: string | null
}

/** The tables and views of a schema, as the catalog of Postgres has them. */
export async function relationsIn(databaseUrl: string, schema: string): Promise<ReadonlyMap<string, Relation>> {
  const client = new Client({ connectionString: databaseUrl })
  await client.connect()
  try {
    const { rows } = await client.query<Row>(COLUMNS, [schema])
    const { rows: indexes } = await client.query<{ tablename: string; indexdef: string }>(
      'select tablename, indexdef from pg_indexes where schemaname = $1 order by indexdef',
      [schema],
    )
    return new Map(
      [...Map.groupBy(rows, ({ relation }) => relation)].map(([name, columns]) => [
        name,
        {
          kind: columns[0]!.kind === 'r' ? 'table' : 'view',
          comment: columns[0]!.relation_comment,
          columns: new Map(
            columns.map(({ name, type, nullable, default: value, comment }) => [
              name,
              { type, isNullable: nullable, default: value, comment },
            ]),
          ),
          indexes: indexes.filter(({ tablename }) => tablename === name).map(({ indexdef }) => indexdef),
        },
      ]),
    )
  } finally {
    await client.end()
  }
}
