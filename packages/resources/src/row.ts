import type { Json, JsonObject } from '@rollcall/shared/json'
import type { Standing } from './standing.ts'

/** A row ready to write: the mirrored columns, and where the row stands in its history. Times are ISO 8601. */
export interface Row {
  readonly id: string
  readonly version: number
  readonly occurred_at: string
  readonly deleted_at: string | null
  /** Null where no event wrote the row: a backfill did. */
  readonly event_id: string | null
  readonly instance_id: string | null
  readonly data: JsonObject | null
  readonly [column: string]: Json
}

export const standingOf = (row: Row): Standing => [
  row.deleted_at !== null,
  row.version,
  Date.parse(row.occurred_at),
  row.event_id ?? '',
]
