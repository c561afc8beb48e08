import type { Kysely } from 'kysely'
import type { MirrorTables } from './tables.ts'

/**
 * Enough that the newest webhook is among them although events are not settled in the order in which they came, and
 * although old ones that failed run again; few enough to be read by an index in some milliseconds.
 */
const NEWEST_EVENTS = 1_000

/** When the newest verified webhook came, of those that have been settled; nothing where none has. */
export async function lastWebhookAt(db: Kysely<MirrorTables>): Promise<Date | undefined> {
  const newest = db
    .selectFrom('webhook_events')
    .select('received_at')
    // There is no index on `received_at`, and what was settled last mostly came last.
    .orderBy('applied_at', 'desc')
    .limit(NEWEST_EVENTS)
  const { last } = await db
    .selectFrom(newest.as('newest'))
    .select(({ fn }) => fn.max('received_at').as('last'))
    .executeTakeFirstOrThrow()
  return last ?? undefined
}
