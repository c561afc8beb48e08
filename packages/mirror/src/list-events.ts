import type { Kysely } from 'kysely'
import type { Handling, MirrorTables, Outcome } from './tables.ts'

export interface EventFilter {
  readonly entityId?: string | undefined
  readonly type?: string | undefined
  readonly outcome?: Outcome | undefined
  readonly handling?: Handling | undefined
  readonly limit: number
}

/** One line of the ledger, without the body. */
export interface LedgerRow {
  readonly id: string
  readonly type: string | null
  readonly entity_id: string | null
  readonly occurred_at: Date
  readonly applied_at: Date
  readonly outcome: Outcome
  readonly attempts: number
  readonly error: string | null
  readonly handling: Handling | null
  readonly handler_attempts: number
  readonly handler_error: string | null
}

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
] as const satisfies readonly (keyof LedgerRow)[]

/** The events that were settled last, newest first. */
export async function listEvents(db: Kysely<MirrorTables>, filter: EventFilter): Promise<readonly LedgerRow[]> {
  let query = db
    .selectFrom('webhook_events')
    .select(LISTED)
    .orderBy('applied_at', 'desc')
    .orderBy('id')
    .limit(filter.limit)
  if (filter.entityId !== undefined) query = query.where('entity_id', '=', filter.entityId)
  if (filter.type !== undefined) query = query.where('type', '=', filter.type)
  if (filter.outcome !== undefined) query = query.where('outcome', '=', filter.outcome)
  if (filter.handling !== undefined) query = query.where('handling', '=', filter.handling)
  return query.execute()
}
