import { createHash } from 'node:crypto'
import { type Kysely, sql } from 'kysely'
import type { MirrorTables } from './tables.ts'

/** Ids that one transaction deletes, and ids that it names without deleting them. */
export interface Lineage {
  readonly deleted: readonly string[]
  readonly named: readonly string[]
}

/**
 * Locks that a transaction takes at the most: a batch may name thousands of ids, and Postgres's lock table has room for
 * some 6,400 locks in all by default. Ids that share a stripe wait for each other needlessly, when one is deleted.
 */
const STRIPES = 256

/**
 * Keeps apart, until the transaction ends, whoever deletes an entity and whoever writes what goes with it [T3]. Row locks
 * cannot: the owner's row may not be there yet, and a row that another transaction has not committed is seen by nobody.
 * Whoever comes second sees in its next statement what the first has committed.
 *
 * Taken in one order and before any row lock, so that these locks cannot deadlock with each other or with rows [U2].
 */
export async function lockLineage(db: Kysely<MirrorTables>, schema: string, lineage: Lineage): Promise<void> {
  const isExclusive = new Map<number, boolean>()
  for (const id of lineage.named) isExclusive.set(stripeOf(id), false)
  for (const id of lineage.deleted) isExclusive.set(stripeOf(id), true)
  if (isExclusive.size === 0) return

  const stripes = [...isExclusive].map(([stripe, exclusive]) => ({ stripe, exclusive }))
  const space = lockSpace(schema)
  await sql`
    select case
      when exclusive then pg_advisory_xact_lock(${space}::integer, stripe)
      else pg_advisory_xact_lock_shared(${space}::integer, stripe)
    end
    from (
      select * from jsonb_to_recordset(${JSON.stringify(stripes)}::jsonb) as lock(stripe integer, exclusive boolean)
      order by stripe
    ) as ordered`.execute(db)
}

const hash = (text: string): Buffer => createHash('sha256').update(text).digest()

const stripeOf = (id: string): number => hash(id).readUInt32BE() % STRIPES

/** A space of advisory locks for each schema, by a hash of its name. */
const lockSpace = (schema: string): number => hash(`rollcall lineage ${schema}`).readInt32BE()
