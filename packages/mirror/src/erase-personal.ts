import type { MirroredResource } from '@rollcall/resources/catalog'
import { type Kysely, sql } from 'kysely'
import type { FormerAddress } from './addresses.ts'
import type { MirrorTables } from './tables.ts'

/** A row that named a user by address alone, and does so no more. */
export interface Forgotten {
  readonly id: string
  readonly user_id: string
}

/**
 * Erases, from rows that stay, what they tell of users who are erased [T6]: the payer of a subscription, the inviter of
 * an invitation. What has nothing to erase is not written. In id order, as every statement that locks rows [U2].
 *
 * Answers the rows that named a user by address [T9]: from now on nothing else tells whom they were about.
 */
export async function erasePersonal(
  db: Kysely<MirrorTables>,
  schema: string,
  resource: MirroredResource,
  erased: { readonly users: readonly string[]; readonly addresses: readonly FormerAddress[] },
): Promise<readonly Forgotten[]> {
  const table = sql.id(schema, resource.table)
  const former = sql`
    select * from jsonb_to_recordset(${JSON.stringify(erased.addresses)}::jsonb)
      as former(address text, user_id text, deleted_at timestamptz)`
  const forgotten: Forgotten[] = []
  for (const [column, fields] of Object.entries(resource.personal)) {
    const { isAddress } = resource.columns[column]!
    const name = sql.id(column)
    const user = isAddress
      ? sql`(select user_id from former where address = lower(${name}) and occurred_at <= former.deleted_at limit 1)`
      : sql`${name}`
    const tells = isAddress
      ? sql`lower(${name}) = any(array(select address from former)) and ${user} is not null`
      : sql`${name} = any(${erased.users})`
    const mirrored = fields.filter((field) => field in resource.columns).map((field) => sql.id(field))
    const anything = sql.join(
      [sql`data ?| ${fields}::text[]`, ...mirrored.map((field) => sql`${field} is not null`)],
      sql` or `,
    )
    const assignments = sql.join([
      sql`data = data - ${fields}::text[]`,
      ...mirrored.map((field) => sql`${field} = null`),
    ])

    const { rows } = await sql<Forgotten>`
      with former as (${former}), affected as (
        select id, ${user} as user_id from ${table} where ${tells} and (${anything}) order by id for no key update
      )
      update ${table} as current set ${assignments}, synced_at = now()
      from affected where current.id = affected.id
      returning current.id, affected.user_id`.execute(db)
    if (isAddress) forgotten.push(...rows)
  }
  return forgotten
}
