import { type Kysely, sql } from 'kysely'
import type { MirrorTables } from './tables.ts'

/** Gives these failures up: they are in no list of failures any more, and their bodies go. Answers the ids of which that is true now. */
export async function discardFailures(db: Kysely<MirrorTables>, ids: readonly string[]): Promise<readonly string[]> {
  const rows = await db
    .updateTable('webhook_events')
    .set({ discarded_at: sql<Date>`now()`, body: null, user_ids: null })
    .where((where) => where.or([where('outcome', '=', 'failed'), where('handling', '=', 'failed')]))
    .where('discarded_at', 'is', null)
    .where('id', '=', sql<string>`any(${ids})`)
    .returning('id')
    .execute()
  return rows.map((row) => row.id)
}
