import { storableText } from '@rollcall/resources/storable'
import { type ExpressionBuilder, type Kysely, sql, type Transaction } from 'kysely'
import { erasedAmong } from './consequences.ts'
import { eraseBodies } from './erase-bodies.ts'
import { groupOfError } from './error-group.ts'
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
  /** How often the handler has been tried, this time included. */
  readonly handler_attempts: number
}

const DUE_COLUMNS = ['id', 'type', 'resource', 'entity_id', 'user_ids', 'outcome', 'body', 'handler_attempts'] as const

/**
 * Takes the event whose handler has been due longest, counts an attempt, and keeps it from others for so long; nothing if
 * none is due. If whoever took it dies, it is due again then: a handler that kills its worker runs out of attempts, too.
 */
export async function claimDueEvent(
  db: Kysely<MirrorTables>,
  types: readonly string[],
  leaseMs: number,
): Promise<DueEvent | undefined> {
  const longestDue = db
    .selectFrom('webhook_events')
    .select('id')
    .where('handling', '=', 'waiting')
    .where('handle_at', '<=', sql<Date>`now()`)
    .where('type', '=', sql<string>`any(${types})`)
    .orderBy('handle_at')
    .limit(1)
    .forUpdate()
    .skipLocked()
  return (
    db
      .updateTable('webhook_events')
      .set({
        handler_attempts: sql<number>`handler_attempts + 1`,
        handle_at: sql<Date>`now() + ${leaseMs} * interval '1 millisecond'`,
      })
      // A row that another transaction holds is skipped before it is chosen, so the inner query has to run first, once.
      .where('id', '=', sql<string>`any(array(${longestDue}))`)
      .returning(DUE_COLUMNS)
      .$narrowType<{ type: string }>()
      .executeTakeFirst()
  )
}

/** Whether the ledger still has an event as it was claimed: nobody has taken it over since. */
const isClaimed =
  ({ id, handler_attempts }: DueEvent) =>
  (where: ExpressionBuilder<MirrorTables, 'webhook_events'>) =>
    where.and({ id, handling: 'waiting', handler_attempts })

/** Locks a claimed event until the transaction ends, so that nobody else takes it meanwhile. False if it is ours no more. */
export async function holdEvent(transaction: Transaction<MirrorTables>, event: DueEvent): Promise<boolean> {
  const held = await transaction
    .selectFrom('webhook_events')
    .select('id')
    .where(isClaimed(event))
    .forUpdate()
    .executeTakeFirst()
  return held !== undefined
}

/** Gives a claimed event back as it was: its handler was not given the time to end. */
export async function giveBack(db: Kysely<MirrorTables>, event: DueEvent): Promise<void> {
  await db
    .updateTable('webhook_events')
    .set({ handler_attempts: event.handler_attempts - 1, handle_at: sql<Date>`now()` })
    .where(isClaimed(event))
    .execute()
}

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
      error_group: null,
      ...(!isKept && { body: null }),
    })
    .where('id', '=', event.id)
    .execute()
  if (isKept) await eraseIfGone(transaction, schema, event, keeping)
}

/** After a first failure it is tried again after a second, after each further one after twice as long; ten span 8.5 minutes. */
const FIRST_PAUSE_S = 1
export const MOST_ATTEMPTS = 10

/** Records that the handler has failed. It is tried again later, until its attempts have run out [H3]. */
export async function recordHandlerFailure(
  transaction: Transaction<MirrorTables>,
  schema: string,
  event: DueEvent,
  error: string,
  keeping: Keeping,
): Promise<'waiting' | 'failed'> {
  const handling = event.handler_attempts < MOST_ATTEMPTS ? 'waiting' : 'failed'
  const pauseS = FIRST_PAUSE_S * 2 ** (event.handler_attempts - 1)
  await transaction
    .updateTable('webhook_events')
    .set({
      handling,
      handler_error: storableText(error),
      error_group: handling === 'failed' ? groupOfError(storableText(error)) : null,
      handle_at: handling === 'failed' ? null : sql<Date>`now() + make_interval(secs => ${pauseS})`,
    })
    .where(isClaimed(event))
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
    .set({ handling: 'waiting', handler_attempts: 0, handle_at: sql<Date>`now()`, discarded_at: null })
    .where('handling', '=', 'failed')
    .where('body', 'is not', null)
    .where('id', '=', sql<string>`any(${ids})`)
    .returning('id')
    .execute()
  return rows.map((row) => row.id)
}
