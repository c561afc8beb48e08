import type { Generated, GeneratedAlways, JSONColumnType } from 'kysely'

/** What can happen to an event. The ledger's CHECK constraint holds the same words. */
export const OUTCOMES = ['applied', 'stale', 'ignored', 'refused', 'failed'] as const
export type Outcome = (typeof OUTCOMES)[number]

/** What has become of an event's handler. The ledger's CHECK constraint holds the same words. */
export const HANDLINGS = ['waiting', 'handled', 'failed'] as const
export type Handling = (typeof HANDLINGS)[number]

/** The tables whose columns are known when this is written; the mirrored ones are told by the catalog. */
export interface MirrorTables {
  webhook_events: WebhookEvents
  backfills: Backfills
  reconcile_runs: ReconcileRuns
  audit_log: AuditLog
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
  /** A bigint, which the driver answers as a text. */
  version: string | null
  stale_against: StaleAgainst | null
  duplicates: Generated<number>
  duplicate_at: Date | null
  error_group: string | null
  discarded_at: Date | null
}

/** What a stale event met: where the row stood that it did not change. */
export type StaleAgainst = {
  /** Null where no event wrote the row: a backfill or reconcile did. */
  readonly event_id: string | null
  readonly version: number
  /** ISO 8601. */
  readonly occurred_at: string
  readonly deleted: boolean
}

/** What people do to a running pipeline. The table's CHECK constraint holds the same words. */
export type AuditedAction = 'replay' | 'discard' | 'pause' | 'resume'

export interface AuditLog {
  id: GeneratedAlways<string>
  at: Generated<Date>
  actor: string
  action: AuditedAction
  selection: JSONColumnType<object, string | undefined, never>
  result: JSONColumnType<object, string | undefined, never>
}

/** How a reconcile ended. The table's CHECK constraint holds the same words. */
export type ReconcileOutcome = 'agreed' | 'drifted' | 'mended' | 'failed'

export interface Backfills {
  id: GeneratedAlways<string>
  resources: string[]
  instance_id: string
  started_at: Generated<Date>
  updated_at: Generated<Date>
  finished_at: Date | null
  progress: JSONColumnType<object, string | undefined, string>
}

export interface ReconcileRuns {
  id: GeneratedAlways<string>
  started_at: Generated<Date>
  finished_at: Date | null
  started_by: 'command' | 'schedule'
  dry_run: boolean
  instance_id: string
  outcome: ReconcileOutcome | null
  /** A bigint, which the driver answers as a text. */
  drifted_rows: Generated<string>
  mended_rows: Generated<string>
  drift: JSONColumnType<object, string | undefined, string>
  error: string | null
}

export interface Migrations {
  id: string
  checksum: string
  applied_at: Generated<Date>
}
