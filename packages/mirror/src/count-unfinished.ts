import { type Kysely, sql } from 'kysely'
import type { MirrorTables } from './tables.ts'

/** Events that somebody has to look at, or something has yet to be done for. */
export interface Unfinished {
  readonly failedEvents: number
  readonly failedHandlers: number
  readonly waitingHandlers: number
}

/** Counted by partial indexes, which hold nothing else: it takes no longer in a large ledger than in a small one. */
export async function countUnfinished(db: Kysely<MirrorTables>): Promise<Unfinished> {
  const count = db.selectFrom('webhook_events').select(sql<string>`count(*)`.as('count'))
  const counted = await db
    .selectNoFrom([
      count.where('outcome', '=', 'failed').where('discarded_at', 'is', null).as('failedEvents'),
      count.where('handling', '=', 'failed').where('discarded_at', 'is', null).as('failedHandlers'),
      count.where('handling', '=', 'waiting').as('waitingHandlers'),
    ])
    .executeTakeFirstOrThrow()
  return {
    failedEvents: Number(counted.failedEvents),
    failedHandlers: Number(counted.failedHandlers),
    waitingHandlers: Number(counted.waitingHandlers),
  }
}
