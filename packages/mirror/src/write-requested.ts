import type { Catalog } from '@rollcall/resources/catalog'
import { namesByAddress, PERSON, referencesOf } from '@rollcall/resources/references'
import type { Row } from '@rollcall/resources/row'
import type { Kysely } from 'kysely'
import { formerAddresses } from './addresses.ts'
import { type Erased, settleConsequences } from './consequences.ts'
import { type Lineage, lockLineage } from './lineage-locks.ts'
import { isDeletion, type RequestedRow } from './requested-row.ts'
import type { MirrorTables } from './tables.ts'
import { writeRows } from './write-rows.ts'

/** Rows that the tables took, and who was erased by that. */
export interface Written {
  readonly rows: ReadonlySet<Row>
  readonly erased: Erased
}

/**
 * Writes the newest of the rows that are asked for, and settles what follows from them in other rows. To be called in a
 * transaction that holds no row lock yet [U2]. Whoever else is to be kept from being deleted meanwhile is named beside.
 */
export async function writeRequested(
  db: Kysely<MirrorTables>,
  schema: string,
  catalog: Catalog,
  requested: readonly RequestedRow[],
  alsoNamed: readonly string[] = [],
): Promise<Written> {
  await lockLineage(db, schema, lineageOf(requested, alsoNamed))
  const addresses = await formerAddresses(db, schema, catalog, requested)
  const rows = await upsertWinners(db, schema, requested)
  const written = requested.filter(({ row }) => rows.has(row))
  const erased = await settleConsequences(db, schema, catalog, written, addresses)
  return { rows, erased }
}

/**
 * Stands for every address. A user's deletion reaches rows by addresses that are only read with the user's row, and so they
 * are kept apart all together: who deletes a user, and who writes rows that name somebody by address [U2].
 */
const ANY_ADDRESS = '@'

function lineageOf(requested: readonly RequestedRow[], alsoNamed: readonly string[]): Lineage {
  const deletions = requested.filter(isDeletion)
  return {
    deleted: [
      ...deletions.map(({ row }) => row.id),
      ...(deletions.some(({ resource }) => resource.name === PERSON) ? [ANY_ADDRESS] : []),
    ],
    named: [
      ...requested.flatMap(({ resource, row }) => referencesOf(resource, row)),
      ...(requested.some(({ resource }) => namesByAddress(resource)) ? [ANY_ADDRESS] : []),
      ...alsoNamed,
    ],
  }
}

/** Writes the newest row of each id, and answers the rows that the tables took. */
async function upsertWinners(
  db: Kysely<MirrorTables>,
  schema: string,
  requested: readonly RequestedRow[],
): Promise<ReadonlySet<Row>> {
  const written: Row[] = []
  // In the order of the tables' names, so that no two transactions lock tables' rows in opposite orders [U2].
  const byTable = [...Map.groupBy(requested, ({ resource }) => resource.table)].sort(([a], [b]) => (a < b ? -1 : 1))
  for (const [, ofTable] of byTable) {
    const { resource } = ofTable[0]!
    const rows = ofTable.map(({ row }) => row)
    written.push(...(await writeRows(db, schema, resource, rows)))
  }
  return new Set(written)
}
