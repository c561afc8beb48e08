import { type Kysely, sql } from 'kysely'
import type { MirrorTables } from './tables.ts'

/** How many events wait for their handler, by event type. Read by the index of what waits. */
export async function waitingTypes(db: Kysely<MirrorTables>): Promise<ReadonlyMap<string, number>> {
  const rows = await db
    .selectFrom('webhook_events')
    .select(['type', sql<string>`count(*)`.as('count')])
    .$narrowType<{ type: string }>()
    .where('handling', '=', 'waiting')
    .groupBy('type')
    .orderBy('type')
    .execute()
  return new Map(rows.map((row) => [row.type, Number(row.count)]))
}
