import type { MirroredResource } from '@rollcall/resources/catalog'
import { type Kysely, sql } from 'kysely'
import type { FormerAddress } from './addresses.ts'
import type { MirrorTables } from './tables.ts'

/**
 * Erases, from rows that stay, what they tell of users who are erased [T6]: the payer of a subscription, the inviter of
 * an invitation. What has nothing to erase is not written. In id order, as every statement that locks rows [U2].
 */
export async function erasePersonal(
  db: Kysely<MirrorTables>,
  schema: string,
  resource: MirroredResource,
  erased: { readonly users: readonly string[]; readonly addresses: readonly FormerAddress[] },
): Promise<void> {
  const table = sql.id(schema, resource.table)
  for (const [column, fields] of Object.entries(resource.personal)) {
    const name = sql.id(column)
    const tells = resource.columns[column]!.isAddress
      ? sql`exists (
          select from jsonb_to_recordset(${JSON.stringify(erased.addresses)}::jsonb)
            as former(address text, deleted_at timestamptz)
          where former.address = lower(${name}) and occurred_at <= former.deleted_at)`
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

    await sql`
      with affected as (select id from ${table} where ${tells} and (${anything}) order by id for update)
      update ${table} as current set ${assignments}, synced_at = now()
      from affected where current.id = affected.id`.execute(db)
  }
}
