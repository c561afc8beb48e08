import { type Kysely, sql } from 'kysely'
import { type EventSearch, narrow } from './event-search.ts'
import type { Handling, MirrorTables, Outcome } from './tables.ts'

/** An event as the ledger holds it, without its body. */
export interface FoundEvent {
  readonly id: string
  readonly type: string | null
  readonly resource: string | null
  readonly entity_id: string | null
  readonly instance_id: string | null
  readonly occurred_at: Date
  readonly received_at: Date
  readonly applied_at: Date
  readonly outcome: Outcome
  readonly attempts: number
  readonly error: string | null
  readonly handling: Handling | null
  readonly handler_attempts: number
  readonly handler_error: string | null
  readonly duplicates: number
  readonly discarded_at: Date | null
  readonly has_body: boolean
  /** `applied_at` to the microsecond, which a `Date` does not hold. */
  readonly position: string
}

/** Where a page ended, and the next begins. */
export interface EventCursor {
  readonly position: string
  readonly id: string
}

export const FOUND_COLUMNS = [
  'id',
  'type',
  'resource',
  'entity_id',
  'instance_id',
  'occurred_at',
  'received_at',
  'applied_at',
  'outcome',
  'attempts',
  'error',
  'handling',
  'handler_attempts',
  'handler_error',
  'duplicates',
  'discarded_at',
] as const satisfies readonly (keyof FoundEvent)[]

/** The events that are meant, of those that were settled last first. */
export async function searchEvents(
  db: Kysely<MirrorTables>,
  search: EventSearch,
  page: { readonly limit: number; readonly before?: EventCursor | undefined },
): Promise<readonly FoundEvent[]> {
  let query = narrow(
    db
      .selectFrom('webhook_events')
      .select(FOUND_COLUMNS)
      .select([sql<boolean>`body is not null`.as('has_body'), sql<string>`applied_at::text`.as('position')]),
    search,
  )
  if (page.before) {
    const { position, id } = page.before
    query = query.where(sql<boolean>`(applied_at, id) < (${position}::timestamptz, ${id})`)
  }
  return query.orderBy('applied_at', 'desc').orderBy('id', 'desc').limit(page.limit).execute()
}

export const cursorOf = ({ position, id }: FoundEvent): EventCursor => ({ position, id })

/** As one word, for an address. */
export const formatCursor = ({ position, id }: EventCursor): string =>
  Buffer.from(JSON.stringify([position, id])).toString('base64url')

/** Nothing where it is none that `formatCursor` wrote. */
export function parseCursor(text: string): EventCursor | undefined {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(text, 'base64url').toString())
    if (!Array.isArray(parsed)) return undefined
    const [position, id] = parsed as unknown[]
    if (typeof position !== 'string' || typeof id !== 'string' || Number.isNaN(Date.parse(position))) return undefined
    return { position, id }
  } catch {
    return undefined
  }
}
