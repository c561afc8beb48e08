import type { MirroredResource } from '@rollcall/resources/catalog'
import { type Kysely, type RawBuilder, sql } from 'kysely'
import type { MirrorTables } from './tables.ts'

/** A row of the mirror: its id, and the columns by which Clerk can be asked for it. */
export type UnseenRow = { readonly id: string } & Readonly<Record<string, string | null>>

/** The ids that a list had. In a table, because there may be millions; of a transaction's own, with which it goes. */
const SEEN = sql.id('pg_temp', 'rollcall_seen')

/** Begins to note what a list has. All that follows is to be asked in the same transaction. */
export async function forgetSeen(reserved: Kysely<MirrorTables>): Promise<void> {
  await sql`create temporary table if not exists rollcall_seen (id text primary key) on commit drop`.execute(reserved)
  await sql`truncate ${SEEN}`.execute(reserved)
}

export async function noteSeen(reserved: Kysely<MirrorTables>, ids: readonly string[]): Promise<void> {
  await sql`insert into ${SEEN} select unnest(${ids}::text[]) on conflict do nothing`.execute(reserved)
}

/**
 * Rows that are alive in the mirror, of which the list had none, in the order of their ids behind this one. A row that
 * may outlive its owners is among them only while it would go with them (an invitation while it is pending): Clerk keeps
 * no other of a deleted organization, and the mirror does [T3].
 */
export async function unseenRows(
  reserved: Kysely<MirrorTables>,
  schema: string,
  resource: MirroredResource,
  where: {
    readonly instanceId: string
    readonly ownsUnnamedRows: boolean
    readonly columns: readonly string[]
    readonly after: string
    readonly limit: number
  },
): Promise<readonly UnseenRow[]> {
  const table = sql.id(schema, resource.table)
  const columns = sql.join(
    where.columns.map((column) => sql`, ${sql.id(column)}`),
    sql``,
  )
  const unnamed = where.ownsUnnamedRows ? sql`or instance_id is null` : sql``
  const { rows } = await sql<UnseenRow>`
    select id ${columns} from ${table} as current
    where deleted_at is null and (instance_id = ${where.instanceId} ${unnamed}) and id > ${where.after}
      ${whileOwned(resource)}
      and not exists (select from ${SEEN} as seen where seen.id = current.id)
    order by id limit ${where.limit}`.execute(reserved)
  return rows
}

function whileOwned(resource: MirroredResource): RawBuilder<unknown> {
  const conditions = Object.values(resource.owners).flatMap((owner) => Object.entries(owner.while ?? {}))
  return sql.join(
    conditions.map(([column, value]) => sql`and ${sql.id(column)} = ${value}`),
    sql` `,
  )
}

/** Of these rows, those that are alive. */
export async function aliveAmong(
  db: Kysely<MirrorTables>,
  schema: string,
  resource: MirroredResource,
  ids: readonly string[],
): Promise<ReadonlySet<string>> {
  const { rows } = await sql<{ id: string }>`
    select id from ${sql.id(schema, resource.table)} where id = any(${ids}) and deleted_at is null`.execute(db)
  return new Set(rows.map((row) => row.id))
}

/** Of these rows, those that were deleted by a word of their own, and before this time in milliseconds. */
export async function deletedBefore(
  db: Kysely<MirrorTables>,
  schema: string,
  resource: MirroredResource,
  ids: readonly string[],
  before: number,
): Promise<readonly string[]> {
  const byItself = Object.keys(resource.owners).length > 0 ? sql`and deleted_with is null` : sql``
  const { rows } = await sql<{ id: string }>`
    select id from ${sql.id(schema, resource.table)}
    where id = any(${ids}) and deleted_at < ${new Date(before)} ${byItself} order by id`.execute(db)
  return rows.map((row) => row.id)
}
