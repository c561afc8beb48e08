import type { Catalog } from '@rollcall/resources/catalog'
import { referencesOf } from '@rollcall/resources/references'
import { type Kysely, sql } from 'kysely'
import type { FormerAddress } from './addresses.ts'
import { erasePersonal, type Forgotten } from './erase-personal.ts'
import { goWithOwners } from './go-with-owners.ts'
import { goneAmong } from './gone.ts'
import type { LedgerEntry } from './ledger-entry.ts'
import { isDeletion, type RequestedRow } from './requested-row.ts'
import { hasOwners } from './row-columns.ts'
import type { MirrorTables } from './tables.ts'

/** Entities whose rows are deleted and erased, and users who are erased wherever they are told of. */
export interface Erased {
  readonly entities: readonly string[]
  readonly users: readonly string[]
  /** Rows that stay, and the erased users whom they named by address alone. */
  readonly forgotten: readonly Forgotten[]
}

/**
 * Settles what follows, in other rows, from those that were written: what went with a deletion among them, and what of
 * them names somebody who is gone already.
 */
export async function settleConsequences(
  db: Kysely<MirrorTables>,
  schema: string,
  catalog: Catalog,
  written: readonly RequestedRow[],
  addresses: readonly FormerAddress[],
): Promise<Erased> {
  const deletions = written.filter(isDeletion)
  const named = written
    .filter((requested) => !isDeletion(requested))
    .flatMap(({ resource, row }) => referencesOf(resource, row))
  const gone = await goneAmong(db, schema, catalog, [...named, ...deletions.map(({ row }) => row.id)])
  const entities = deletions.filter(({ resource }) => resource.onDelete === 'erase').map(({ row }) => row.id)
  if (gone.owners.length === 0) return { entities, users: [], forgotten: [] }

  const lost = lostBy(deletions, addresses)
  const of = { owners: gone.owners, deletedNow: deletions.map(({ row }) => row.id), addresses: lost }
  for (const resource of catalog.mirrored.filter(hasOwners)) {
    const went = await goWithOwners(db, schema, catalog, resource, of)
    if (resource.onDelete === 'erase') entities.push(...went)
  }
  const users = gone.erasedUsers
  const forgotten: Forgotten[] = []
  if (users.length > 0) {
    for (const resource of catalog.mirrored) {
      forgotten.push(...(await erasePersonal(db, schema, resource, { users, addresses: lost })))
    }
  }
  return { entities, users, forgotten }
}

/** The addresses of users whose deletion was written, and when that was: a stale one changes nothing for anybody [T9]. */
function lostBy(deletions: readonly RequestedRow[], addresses: readonly FormerAddress[]): readonly FormerAddress[] {
  const deletedAt = new Map(deletions.map(({ row }) => [row.id, row.deleted_at!]))
  return addresses.flatMap((address) => {
    const deleted_at = deletedAt.get(address.user_id)
    return deleted_at === undefined ? [] : [{ ...address, deleted_at }]
  })
}

/** Of what these entries are about and tell of, what is erased already: their bodies must not be kept. */
export async function erasedAmong(
  db: Kysely<MirrorTables>,
  schema: string,
  catalog: Catalog,
  entries: readonly Pick<LedgerEntry, 'resource' | 'entity_id' | 'user_ids'>[],
): Promise<Erased> {
  const { erasedUsers } = await goneAmong(
    db,
    schema,
    catalog,
    entries.flatMap((entry) => entry.user_ids ?? []),
  )
  const entities: string[] = []
  for (const [name, ofResource] of Map.groupBy(entries, (entry) => entry.resource ?? '')) {
    const resource = catalog.mirroredNamed(name)
    if (resource?.onDelete !== 'erase') continue
    const { rows } = await sql<{ id: string }>`
      select id from ${sql.id(schema, resource.table)}
      where id = any(${ofResource.map((entry) => entry.entity_id)}) and deleted_at is not null`.execute(db)
    entities.push(...rows.map((row) => row.id))
  }
  return { entities, users: erasedUsers, forgotten: [] }
}
