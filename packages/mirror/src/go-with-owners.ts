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
 * The rows are locked by a statement of their own, in id order as everywhere [U2]: only a later statement sees what a
 * transaction has committed that deleted another of their owners and held them until then. Not `for update`, which would
 * wait for every transaction of the application's that points at one of the rows by a foreign key.
 */
export async function goWithOwners(
  db: Kysely<MirrorTables>,
  schema: string,
  catalog: Catalog,
  resource: MirroredResource,
  gone: GoneOwners,
): Promise<readonly string[]> {
  const table = sql.id(schema, resource.table)
  const references = referencesIn(resource)
  const addresses = sql`
    select * from jsonb_to_recordset(${JSON.stringify(gone.addresses)}::jsonb)
      as former(address text, user_id text, deleted_at timestamptz)`

  const { rows: locked } = await sql<{ id: string }>`
    with address as (${addresses})
    select id from ${table} as candidate
    where deleted_at is null and (${isConcerned(references, gone.owners)})
      or deleted_with is not null and (${isConcerned(references, gone.deletedNow)})
    order by id
    for no key update`.execute(db)
  if (locked.length === 0) return []

  const deletions = sql.join(
    ownersIn(catalog).map(
      (owner) => sql`select deleted_at from ${sql.id(schema, owner.table)} where id = any(candidate.owners)`,
    ),
    sql` union all `,
  )
  const erasures = erasedColumns(resource).map((column) => sql`, ${sql.id(column)} = null`)
  const { rows } = await sql<{ id: string }>`
    with address as (${addresses}), candidate as (
      select id, coalesce(deleted_with, array_remove(array[${namedOwners(references)}]::text[], null)) as owners
      from ${table} as candidate
      where id = any(${locked.map((row) => row.id)})
    )
    update ${table} as current set
      deleted_at = earliest.deleted_at,
      deleted_with = candidate.owners,
      synced_at = now()${resource.onDelete === 'erase' ? sql.join(erasures, sql``) : sql``}
    from candidate cross join lateral (select min(deleted_at) as deleted_at from (${deletions}) as owner) as earliest
    where current.id = candidate.id
      and earliest.deleted_at is not null
      and current.deleted_at is distinct from earliest.deleted_at
    returning current.id`.execute(db)
  return rows.map((row) => row.id)
}

/**
 * Owners that are deleted, by id and, where rows name them so, by address. What has gone with one that was deleted before
 * needs no second look, and must not be locked: others may be writing it, who look at it themselves [U2].
 */
interface GoneOwners {
  readonly owners: readonly string[]
  readonly deletedNow: readonly string[]
  readonly addresses: readonly FormerAddress[]
}

/** A column that names an owner. */
interface Reference {
  readonly column: string
  readonly isAddress: boolean
  readonly owner: Owner
}

const referencesIn = ({ owners, columns }: MirroredResource): readonly Reference[] =>
  Object.entries(owners).map(([column, owner]) => ({ column, owner, isAddress: columns[column]!.isAddress }))

/** Whether a candidate names one of these owners, or has gone with one. */
const isConcerned = (references: readonly Reference[], owners: readonly string[]): RawBuilder<unknown> =>
  sql.join(
    [
      sql`candidate.deleted_with && ${owners}::text[]`,
      ...references.map(({ column, isAddress }) =>
        isAddress
          ? sql`lower(candidate.${sql.id(column)}) = any(array(select address from address))`
          : sql`candidate.${sql.id(column)} = any(${owners})`,
      ),
    ],
    sql` or `,
  )

/** The ids of the owners that a candidate goes with. What is told of an address after a user's deletion is not that user's. */
const namedOwners = (references: readonly Reference[]): RawBuilder<unknown> =>
  sql.join(
    references.map(({ column, isAddress, owner }) =>
      isAddress
        ? sql`(
            select user_id from address
            where ${holds(owner)} and address.address = lower(candidate.${sql.id(column)})
              and candidate.occurred_at <= address.deleted_at
            order by user_id limit 1)`
        : sql`case when ${holds(owner)} then candidate.${sql.id(column)} end`,
    ),
  )

/** Whether a row goes with this owner: always, or only while a column holds a value. */
function holds({ while: condition = {} }: Owner): RawBuilder<boolean> {
  const parts = Object.entries(condition).map(([column, value]) => sql`candidate.${sql.id(column)} = ${value}`)
  return parts.length === 0 ? sql`true` : sql.join(parts, sql` and `)
}
