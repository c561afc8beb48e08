import { type Kysely, sql } from 'kysely'
import type { MirrorTables } from './tables.ts'

/** Enough that an instance that sends anything is among them, few enough to be read by an index in some milliseconds. */
const NEWEST_EVENTS = 10_000

/**
 * The Clerk instances that the newest events are from, with the number of each one's events, most first. A refused event
 * left nothing in the mirror, and an event may tell of no instance; neither is counted [W7].
 */
export async function instancesSeen(db: Kysely<MirrorTables>): Promise<ReadonlyMap<string, number>> {
  const newest = db
    .selectFrom('webhook_events')
    .select(['instance_id', 'outcome'])
    .orderBy('applied_at', 'desc')
    .limit(NEWEST_EVENTS)
  const rows = await db
    .selectFrom(newest.as('newest'))
    .select(['instance_id', sql<string>`count(*)`.as('count')])
    .where('instance_id', 'is not', null)
    .$narrowType<{ instance_id: string }>()
    .where('outcome', '!=', 'refused')
    .groupBy('instance_id')
    .orderBy(sql`count(*)`, 'desc')
    .orderBy('instance_id')
    .execute()
  return new Map(rows.map((row) => [row.instance_id, Number(row.count)]))
}
