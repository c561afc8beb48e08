import { type Kysely, sql } from 'kysely'
import { BODY_TEXT } from './kept-messages.ts'
import { FOUND_COLUMNS, type FoundEvent } from './search-events.ts'
import type { MirrorTables, StaleAgainst } from './tables.ts'

/** All that the ledger tells of an event. */
export interface EventDetail extends FoundEvent {
  readonly handled_at: Date | null
  readonly handle_at: Date | null
  readonly duplicate_at: Date | null
  /** In milliseconds; null where the event asked for no row. */
  readonly version: number | null
  readonly stale_against: StaleAgainst | null
  readonly error_group: string | null
}

export const DETAIL_COLUMNS = [
  ...FOUND_COLUMNS,
  'handled_at',
  'handle_at',
  'duplicate_at',
  'stale_against',
  'error_group',
] as const

export const DETAIL_EXPRESSIONS = [
  sql<boolean>`body is not null`.as('has_body'),
  sql<string>`applied_at::text`.as('position'),
  // Milliseconds have sixteen digits until the year 9999: no precision is lost.
  sql<number | null>`version::float8`.as('version'),
] as const

/** The event of a message, with its body as text where that is kept; nothing if the ledger has no such message. */
export async function readEvent(
  db: Kysely<MirrorTables>,
  id: string,
): Promise<(EventDetail & { readonly body: string | null }) | undefined> {
  return db
    .selectFrom('webhook_events')
    .select(DETAIL_COLUMNS)
    .select(DETAIL_EXPRESSIONS)
    .select(BODY_TEXT)
    .where('id', '=', id)
    .executeTakeFirst()
}
