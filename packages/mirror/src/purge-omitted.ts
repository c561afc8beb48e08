import type { Catalog, MirroredResource } from '@rollcall/resources/catalog'
import { sql } from 'kysely'
import type { Mirror } from './database.ts'

/** Rows in one statement, so that whoever writes one of them meanwhile waits for milliseconds. */
const BATCH_ROWS = 1_000

/**
 * Removes, from rows that were written before a field was left out, what is left out now [T8]. Answers the tables in which
 * there was something, with the number of their rows. What is left out no more comes back with each row's next event.
 */
export async function purgeOmitted(
  mirror: Mirror,
  catalog: Catalog,
): Promise<readonly { readonly table: string; readonly rows: number }[]> {
  const purged: { table: string; rows: number }[] = []
  for (const resource of catalog.mirrored) {
    const rows = await purge(mirror, catalog, resource)
    if (rows > 0) purged.push({ table: resource.table, rows })
  }
  return purged
}

async function purge({ db, schema }: Mirror, catalog: Catalog, resource: MirroredResource): Promise<number> {
  const omitted = [...(catalog.omissions[resource.name] ?? [])]
  const columns = Object.entries(resource.columns)
    .filter(([, column]) => column.from.some((field) => omitted.includes(field)))
    .map(([name]) => sql.id(name))
  const embeds = Object.entries(resource.embeds)
    .map(([field, embedded]) => ({ field, omitted: [...(catalog.omissions[embedded] ?? [])] }))
    .filter((embedded) => embedded.omitted.length > 0)
  if (omitted.length === 0 && embeds.length === 0) return 0

  const table = sql.id(schema, resource.table)
  const isEmbedded = ({ field, omitted }: (typeof embeds)[number]) =>
    sql`(jsonb_typeof(data -> ${field}::text) = 'object' and data -> ${field}::text ?| ${omitted}::text[])`
  const anything = sql.join(
    [
      sql`data ?| ${omitted}::text[]`,
      ...columns.map((column) => sql`${column} is not null`),
      ...embeds.map(isEmbedded),
    ],
    sql` or `,
  )
  const data = embeds.reduce(
    (value, embedded) => sql`case when ${isEmbedded(embedded)}
      then jsonb_set(${value}, array[${embedded.field}::text], (data -> ${embedded.field}::text) - ${embedded.omitted}::text[])
      else ${value} end`,
    sql`(data - ${omitted}::text[])`,
  )
  const assignments = sql.join([sql`data = ${data}`, ...columns.map((column) => sql`${column} = null`)])

  let rows = 0
  // From where the last batch ended, so that no row is looked at twice.
  let after: string | null = ''
  while (after !== null) {
    const { rows: batch } = await sql<{ count: string; last: string | null }>`
      with affected as (
        select id from ${table} where id > ${after} and (${anything}) order by id limit ${BATCH_ROWS} for no key update
      ), purged as (
        update ${table} as current set ${assignments} from affected where current.id = affected.id returning current.id
      )
      select count(*), max(id) as last from purged`.execute(db)
    rows += Number(batch[0]!.count)
    after = batch[0]!.last
  }
  return rows
}
