import { storableText } from '@rollcall/resources/storable'
import { type Kysely, sql, type Transaction } from 'kysely'
import { erasedAmong } from './consequences.ts'
import { eraseBodies } from './erase-bodies.ts'
import { isBodyKept, type Keeping } from './ledger-entry.ts'
import { lockLineage } from './lineage-locks.ts'
import type { MirrorTables, Outcome } from './tables.ts'

/** An event whose handler is due. */
export interface DueEvent {
  readonly id: string
  readonly type: string
  readonly resource: string | null
  readonly entity_id: string | null
  readonly user_ids: readonly string[] | null
  readonly outcome: Outcome
  readonly body: unknown
  /** How often the handler has failed so far. */
  readonly handler_attempts: number
}

/**
 * Takes the event whose handler has been due longest, locked until the transaction ends; nothing if there is none that
 * nobody holds. A worker that dies lets go of it, and another takes it [H2].
 */
export const claimDueEvent = (
  transaction: Transaction<MirrorTables>,
  types: readonly string[],
): Promise<DueEvent | undefined> =>
  transaction
    .selectFrom('webhook_events')
    .select(['id', 'type', 'resource', 'entity_id', 'user_ids', 'outcome', 'body', 'handler_attempts'])
    .$narrowType<{ type: string }>()
    .where('handling', '=', 'waiting')
    .where('handle_at', '<=', sql<Date>`now()`)
    .where('type', '=', sql<string>`any(${types})`)
    .orderBy('handle_at')
    .limit(1)
    .forUpdate()
    .skipLocked()
    .executeTakeFirst()

/** Waits until no other transaction handles an event of the same entity: one handler at a time sees and writes it [H4]. */
export async function lockEntity(transaction: Transaction<MirrorTables>, schema: string, id: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`rollcall handling ${schema} ${id}`}, 0))`.execute(
    transaction,
  )
}

/** Marks the event as handled, in the handler's own transaction, and drops its body unless it is kept for good. */
export async function markHandled(
  transaction: Transaction<MirrorTables>,
  schema: string,
  event: DueEvent,
  keeping: Keeping,
): Promise<void> {
  const isKept = isBodyKept(event.type, event.outcome, keeping.bodies)
  await transaction
    .updateTable('webhook_events')
    .set({
      handling: 'handled',
      handled_at: sql<Date>`now()`,
      handle_at: null,
      handler_error: null,
      ...(!isKept && { body: null }),
    })
    .where('id', '=', event.id)
    .execute()
  if (isKept) await eraseIfGone(transaction, schema, event, keeping)
}

/** A first failure is tried again after a second, each further one after twice as long; ten span 8.5 minutes. */
const FIRST_PAUSE_S = 1
const MOST_ATTEMPTS = 10

/** Records that the handler has failed. It is tried again later, until its attempts have run out [H3]. */
export async function recordHandlerFailure(
  transaction: Transaction<MirrorTables>,
  schema: string,
  event: DueEvent,
  error: string,
  keeping: Keeping,
): Promise<'waiting' | 'failed'> {
  const attempts = event.handler_attempts + 1
  const handling = attempts < MOST_ATTEMPTS ? 'waiting' : 'failed'
  const pauseS = FIRST_PAUSE_S * 2 ** (attempts - 1)
  await transaction
    .updateTable('webhook_events')
    .set({
      handling,
      handler_attempts: attempts,
      handler_error: storableText(error),
      handle_at: handling === 'failed' ? null : sql<Date>`now() + make_interval(secs => ${pauseS})`,
    })
    .where('id', '=', event.id)
    // Another worker may have taken it up between the handler's rollback and this.
    .where('handling', '=', 'waiting')
    .execute()
  if (handling === 'failed') await eraseIfGone(transaction, schema, event, keeping)
  return handling
}

/** What waited for its handler was spared by the erasure of what it is about [T7]; it waits no longer. */
async function eraseIfGone(
  transaction: Transaction<MirrorTables>,
  schema: string,
  event: DueEvent,
  { catalog }: Keeping,
): Promise<void> {
  const { entity_id, user_ids } = event
  await lockLineage(transaction, schema, {
    deleted: [],
    named: [...(entity_id === null ? [] : [entity_id]), ...(user_ids ?? [])],
  })
  await eraseBodies(transaction, schema, await erasedAmong(transaction, schema, catalog, [event]))
}

/** Of these messages, those whose handler had failed and whose body is there: they run again. Answers their ids. */
export async function retryHandlers(db: Kysely<MirrorTables>, ids: readonly string[]): Promise<readonly string[]> {
  const rows = await db
    .updateTable('webhook_events')
    .set({ handling: 'waiting', handler_attempts: 0, handle_at: sql<Date>`now()` })
    .where('handling', '=', 'failed')
    .where('body', 'is not', null)
    .where('id', '=', sql<string>`any(${ids})`)
    .returning('id')
    .execute()
  return rows.map((row) => row.id)
}
