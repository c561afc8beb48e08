import type { Kysely } from 'kysely'
import { type EventSearch, narrow } from './event-search.ts'
import type { FoundEvent } from './search-events.ts'
import type { MirrorTables } from './tables.ts'

const LISTED = [
  'id',
  'type',
  'entity_id',
  'occurred_at',
  'applied_at',
  'outcome',
  'attempts',
  'error',
  'handling',
  'handler_attempts',
  'handler_error',
] as const satisfies readonly (keyof FoundEvent)[]

/** One line of the ledger, without the body. */
export type LedgerRow = Pick<FoundEvent, (typeof LISTED)[number]>

/** The events that are meant, of those that were settled last, newest first. */
export const listEvents = (
  db: Kysely<MirrorTables>,
  search: EventSearch,
  limit: number,
): Promise<readonly LedgerRow[]> =>
  narrow(db.selectFrom('webhook_events').select(LISTED), search)
    .orderBy('applied_at', 'desc')
    .orderBy('id')
    .limit(limit)
    .execute()
