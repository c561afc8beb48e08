import type { Generated } from 'kysely'

/** What can happen to an event. The ledger's CHECK constraint holds the same words. */
export const OUTCOMES = ['applied', 'stale', 'ignored', 'refused', 'failed'] as const
export type Outcome = (typeof OUTCOMES)[number]

/** What has become of an event's handler. The ledger's CHECK constraint holds the same words. */
export const HANDLINGS = ['waiting', 'handled', 'failed'] as const
export type Handling = (typeof HANDLINGS)[number]

/** The tables whose columns are known when this is written; the mirrored ones are told by the catalog. */
export interface MirrorTables {
  webhook_events: WebhookEvents
  migrations: Migrations
}

export interface WebhookEvents {
  id: string
  type: string | null
  resource: string | null
  entity_id: string | null
  instance_id: string | null
  occurred_at: Date
  received_at: Date
  applied_at: Generated<Date>
  handled_at: Date | null
  outcome: Outcome
  error: string | null
  attempts: number
  body: unknown
  user_ids: string[] | null
  handling: Handling | null
  handler_attempts: Generated<number>
  handler_error: string | null
  handle_at: Date | null
}

export interface Migrations {
  id: string
  checksum: string
  applied_at: Generated<Date>
}
