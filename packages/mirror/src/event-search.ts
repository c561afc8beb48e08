import { type Kysely, type SelectQueryBuilder, sql } from 'kysely'
import type { Handling, MirrorTables, Outcome } from './tables.ts'

/** Which events are meant. All that is given has to be true of them; an empty list is true of none. */
export interface EventSearch {
  readonly ids?: readonly string[] | undefined
  readonly entityId?: string | undefined
  readonly types?: readonly string[] | undefined
  readonly outcomes?: readonly Outcome[] | undefined
  readonly handling?: Handling | undefined
  /** Those that failed, or whose handler did, and that nobody has given up. */
  readonly failed?: boolean | undefined
  /** What the error begins with, `row_rejected`. */
  readonly errorCode?: string | undefined
  /** As `failureGroups` tells them. */
  readonly errorGroup?: string | undefined
  /** When their outcome was committed: from this moment on… */
  readonly from?: Date | undefined
  /** …and before that. */
  readonly to?: Date | undefined
}

/** Failed and not given up, as the index on failures says it: it is used for what is written alike only. */
export const UNRESOLVED = sql<boolean>`(outcome = 'failed' or handling = 'failed') and discarded_at is null`

type Query<Selected> = SelectQueryBuilder<MirrorTables, 'webhook_events', Selected>

/** A query of the ledger, narrowed to what is searched. */
export function narrow<Selected>(query: Query<Selected>, search: EventSearch): Query<Selected> {
  let narrowed = query
  const { ids, entityId, types, outcomes, handling, failed, errorCode, errorGroup, from, to } = search
  if (ids) narrowed = narrowed.where('id', '=', sql<string>`any(${ids})`)
  if (entityId !== undefined) narrowed = narrowed.where('entity_id', '=', entityId)
  if (types) narrowed = narrowed.where('type', '=', sql<string>`any(${types})`)
  if (outcomes)
    narrowed = narrowed.where((where) => where.or(outcomes.map((outcome) => where('outcome', '=', outcome))))
  if (handling !== undefined) narrowed = narrowed.where('handling', '=', handling)
  if (failed || errorCode !== undefined || errorGroup !== undefined) narrowed = narrowed.where(UNRESOLVED)
  if (errorCode !== undefined) narrowed = narrowed.where(sql<boolean>`split_part(error_group, ':', 1) = ${errorCode}`)
  if (errorGroup !== undefined) narrowed = narrowed.where('error_group', '=', errorGroup)
  if (from) narrowed = narrowed.where('applied_at', '>=', from)
  if (to) narrowed = narrowed.where('applied_at', '<', to)
  return narrowed
}

/** How many events are meant. */
export async function countEvents(db: Kysely<MirrorTables>, search: EventSearch): Promise<number> {
  const { count } = await narrow(
    db.selectFrom('webhook_events').select(sql<string>`count(*)`.as('count')),
    search,
  ).executeTakeFirstOrThrow()
  return Number(count)
}
