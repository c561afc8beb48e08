import type { Catalog, MirroredResource } from '@rollcall/resources/catalog'
import type { Owner } from '@rollcall/resources/define-resource'
import { type Kysely, type RawBuilder, sql } from 'kysely'
import type { FormerAddress } from './addresses.ts'
import { ownersIn } from './owners.ts'
import { erasedColumns } from './row-columns.ts'
import type { MirrorTables } from './tables.ts'

/**
 * Marks as deleted what goes with owners that are gone [T3], and answers the ids of the rows.
 *
 * It is told anew from what the tables hold: a row goes if it names an owner that is deleted, unless an event of its own
 * deleted it; it went when the first of them did. So it does not matter which came first, the row or the deletion, nor
 * in which order several owners went. The row's own place in the order stays, and with it what a newer event of its own
 * may change [T4]. `deleted_with` remembers the owners, for the columns that named them are erased.
 *
 * In id order, as every statement that locks rows [U2].
 */
export async function goWithOwners(
  db: Kysely<MirrorTables>,
  schema: string,
  catalog: Catalog,
  resource: MirroredResource,
  gone: { readonly owners: readonly string[]; readonly addresses: readonly FormerAddress[] },
): Promise<readonly string[]> {
  const table = sql.id(schema, resource.table)
  const owners = Object.entries(resource.owners)
  const isById = ([column]: (typeof owners)[number]) => !resource.columns[column]!.isAddress
  const byId = owners.filter(isById)
  const byAddress = owners.filter((entry) => !isById(entry))

  const named = sql.join([
    ...byId.map(([column, owner]) => sql`case when ${holds(owner)} then candidate.${sql.id(column)} end`),
    ...byAddress.map(
      ([column, owner]) => sql`(
        select user_id from address
        where ${holds(owner)} and address.address = lower(candidate.${sql.id(column)})
          and candidate.occurred_at <= address.deleted_at
        order by user_id limit 1)`,
    ),
  ])
  const concerned = sql.join(
    [
      sql`candidate.deleted_with && ${gone.owners}::text[]`,
      ...byId.map(([column]) => sql`candidate.${sql.id(column)} = any(${gone.owners})`),
      ...byAddress.map(([column]) => sql`lower(candidate.${sql.id(column)}) = any(array(select address from address))`),
    ],
    sql` or `,
  )
  const deletions = sql.join(
    ownersIn(catalog).map(
      (owner) => sql`select deleted_at from ${sql.id(schema, owner.table)} where id = any(affected.owners)`,
    ),
    sql` union all `,
  )
  const erasures = erasedColumns(resource).map((column) => sql`, ${sql.id(column)} = null`)

  const { rows } = await sql<{ id: string }>`
    with address as (
      select * from jsonb_to_recordset(${JSON.stringify(gone.addresses)}::jsonb)
        as former(address text, user_id text, deleted_at timestamptz)
    ), affected as (
      select id, coalesce(deleted_with, array_remove(array[${named}], null)) as owners
      from ${table} as candidate
      where (deleted_at is null or deleted_with is not null) and (${concerned})
      order by id
      for update
    )
    update ${table} as current set
      deleted_at = earliest.deleted_at,
      deleted_with = affected.owners,
      synced_at = now()${resource.onDelete === 'erase' ? sql.join(erasures, sql``) : sql``}
    from affected cross join lateral (select min(deleted_at) as deleted_at from (${deletions}) as owner) as earliest
    where current.id = affected.id
      and earliest.deleted_at is not null
      and current.deleted_at is distinct from earliest.deleted_at
    returning current.id`.execute(db)
  return rows.map((row) => row.id)
}

/** Whether a row goes with this owner: always, or only while a column holds a value. */
function holds({ while: condition = {} }: Owner): RawBuilder<boolean> {
  const parts = Object.entries(condition).map(([column, value]) => sql`candidate.${sql.id(column)} = ${value}`)
  return parts.length === 0 ? sql`true` : sql.join(parts, sql` and `)
}
