import type { Catalog } from '@rollcall/resources/catalog'
import { PERSON } from '@rollcall/resources/references'
import { storableText } from '@rollcall/resources/storable'
import { isJsonObject, type Json } from '@rollcall/shared/json'
import { type Kysely, sql } from 'kysely'
import type { RequestedRow } from './requested-row.ts'
import type { MirrorTables } from './tables.ts'

/** An email address of a user who is being deleted. */
export interface FormerAddress {
  readonly address: string
  readonly user_id: string
  /** ISO 8601. What is later than this about the address is somebody else's. */
  readonly deleted_at: string
}

/**
 * The email addresses of users whose deletion is asked for: those that their rows still hold, and those that other rows
 * bring which are asked for with it. To be asked before the rows are written over.
 */
export async function formerAddresses(
  db: Kysely<MirrorTables>,
  schema: string,
  catalog: Catalog,
  requested: readonly RequestedRow[],
): Promise<readonly FormerAddress[]> {
  const users = catalog.mirroredNamed(PERSON)
  const ofUsers = requested.filter(({ resource }) => resource.name === PERSON)
  const deletedAt = new Map(
    ofUsers.flatMap(({ row }) => (row.deleted_at === null ? [] : [[row.id, row.deleted_at] as const])),
  )
  if (!users || deletedAt.size === 0) return []

  const { rows } = await sql<{ id: string; email_addresses: Json }>`
    select id, email_addresses from ${sql.id(schema, users.table)}
    where id = any(${[...deletedAt.keys()]}) and email_addresses is not null`.execute(db)
  const held = [...rows, ...ofUsers.map(({ row }) => ({ id: row.id, email_addresses: row.email_addresses ?? null }))]
  return held
    .filter(({ id }) => deletedAt.has(id))
    .flatMap(({ id, email_addresses }) =>
      addressesIn(email_addresses).map((address) => ({ address, user_id: id, deleted_at: deletedAt.get(id)! })),
    )
}

/** As they are stored; in lower case, for addresses are compared so by everybody who sends mail. */
function addressesIn(list: Json): readonly string[] {
  if (!Array.isArray(list)) return []
  return list.flatMap((entry: Json) =>
    isJsonObject(entry) && typeof entry.email_address === 'string'
      ? [storableText(entry.email_address).toLowerCase()]
      : [],
  )
}
