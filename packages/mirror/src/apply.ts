import type { Resource } from '@rollcall/resources/define-resource'
import { entityId } from '@rollcall/shared/envelope'
import { type PipelineError, toPipelineError } from '@rollcall/shared/errors'
import type { Kysely } from 'kysely'
import type { Mirror } from './database.ts'
import { fold } from './fold.ts'
import { guardedUpsert } from './guarded-upsert.ts'
import { type Attempt, type Interpretation, interpret, ledgerEntry } from './interpret.ts'
import { recordOutcomes, settledAmong } from './ledger.ts'
import { fromPostgres } from './postgres-errors.ts'
import type { MirrorTables, Outcome } from './tables.ts'

/** How an event ended. `duplicate`: its message had been settled before, and nothing was changed. */
export interface Settlement {
  readonly outcome: Outcome | 'duplicate'
  /** Why, where the outcome is `failed`. */
  readonly error?: PipelineError
  readonly type: string | null
  readonly entityId: string | null
  /** In milliseconds. */
  readonly occurredAt: number
}

export interface ApplyOptions {
  /** The only instances whose events are applied; all, where none is named. */
  readonly allowedInstances?: readonly string[] | undefined
  readonly bodies: 'needed' | 'all'
}

type Settled = PromiseSettledResult<Settlement>

/**
 * Applies a batch of events and says how each one ended, in the order given [W1]. It settles every event: with a
 * `Settlement` that the ledger holds, or with a `PipelineError` whose event the ledger does not hold and which is to
 * be applied again.
 */
export async function applyBatch(
  mirror: Mirror,
  attempts: readonly Attempt[],
  options: ApplyOptions,
): Promise<readonly Settled[]> {
  return write(
    mirror,
    attempts.map((attempt) => interpret(attempt, options.allowedInstances)),
    options,
  )
}

/** Writes in one transaction. If Postgres refuses it for what an event says, halves until that event is alone [B4]. */
async function write(mirror: Mirror, events: readonly Interpretation[], options: ApplyOptions): Promise<Settled[]> {
  try {
    const settlements = await mirror.db
      .transaction()
      .execute((transaction) => commit(transaction, mirror.schema, events, options))
    return settlements.map((value) => ({ status: 'fulfilled', value }))
  } catch (thrown) {
    const error = fromPostgres(thrown)
    const isWorld = error.disposition === 'retry' || error.disposition === 'halt'
    if (isWorld) return events.map(() => ({ status: 'rejected', reason: error }))
    if (events.length > 1) {
      const middle = events.length >> 1
      return [
        ...(await write(mirror, events.slice(0, middle), options)),
        ...(await write(mirror, events.slice(middle), options)),
      ]
    }
    if (error.disposition === 'attempt') return [{ status: 'rejected', reason: error }]
    return [await recordFailure(mirror, events[0]!, error, options)]
  }
}

/** Writes an event's failure, and nothing else. Rejects if even that is not possible now. */
async function recordFailure(
  mirror: Mirror,
  { attempt, envelope }: Interpretation,
  error: PipelineError,
  options: ApplyOptions,
): Promise<Settled> {
  const failure: Interpretation = { attempt, envelope, asks: 'nothing', outcome: 'failed', error }
  try {
    const [settlement] = await mirror.db
      .transaction()
      .execute((transaction) => commit(transaction, mirror.schema, [failure], options))
    return { status: 'fulfilled', value: settlement! }
  } catch (thrown) {
    return { status: 'rejected', reason: fromPostgres(thrown) }
  }
}

/** Sets an event aside as failed: its attempts have run out. */
export async function failEvent(
  mirror: Mirror,
  attempt: Attempt,
  error: unknown,
  options: ApplyOptions,
): Promise<Settlement> {
  const settled = await recordFailure(mirror, interpret(attempt, undefined), toPipelineError(error), options)
  if (settled.status === 'rejected') throw settled.reason
  return settled.value
}

/** One transaction: drop what is settled, fold, upsert per table, write the ledger. */
async function commit(
  db: Kysely<MirrorTables>,
  schema: string,
  events: readonly Interpretation[],
  options: ApplyOptions,
): Promise<Settlement[]> {
  const settled = await settledAmong(db, events.map(messageIdOf))
  const fresh = firstOfEach(events).filter((event) => !settled.has(messageIdOf(event)))
  const written = await upsertWinners(db, schema, fresh)

  const entries = fresh.map((event) => {
    const outcome = event.asks === 'nothing' ? event.outcome : written.has(event) ? 'applied' : 'stale'
    return ledgerEntry(event, outcome, 'error' in event ? event.error : undefined, options.bodies)
  })
  const recorded = entries.length === 0 ? new Set<string>() : await recordOutcomes(db, schema, entries)
  const outcomes = new Map(fresh.map((event, i) => [event, entries[i]!.outcome]))

  return events.map((event) => {
    const outcome = recorded.has(messageIdOf(event)) ? outcomes.get(event) : undefined
    return settlementOf(event, outcome ?? 'duplicate')
  })
}

/** Writes the newest row of each id, and answers the events whose rows the tables took. */
async function upsertWinners(
  db: Kysely<MirrorTables>,
  schema: string,
  events: readonly Interpretation[],
): Promise<ReadonlySet<Interpretation>> {
  const byResource = Map.groupBy(
    events.filter((event) => event.asks === 'row'),
    (event): Resource => event.resource,
  )
  const written = new Set<Interpretation>()
  // In the order of the tables' names, so that no two transactions lock tables' rows in opposite orders [U2].
  for (const [resource, asking] of [...byResource].sort(([a], [b]) => (a.table < b.table ? -1 : 1))) {
    const winners = new Set(fold(asking.map((event) => event.row)))
    const { rows } = await guardedUpsert(schema, resource, [...winners]).execute(db)
    const ids = new Set(rows.map((row) => row.id))
    for (const event of asking) if (winners.has(event.row) && ids.has(event.row.id)) written.add(event)
  }
  return written
}

const messageIdOf = (event: Interpretation): string => event.attempt.delivery.messageId

/** The events of distinct messages: one that is in the batch twice is applied once. */
const firstOfEach = (events: readonly Interpretation[]): Interpretation[] => [
  ...new Map(events.toReversed().map((event) => [messageIdOf(event), event])).values(),
]

const settlementOf = (event: Interpretation, outcome: Settlement['outcome']): Settlement => ({
  outcome,
  ...(outcome === 'failed' && 'error' in event && { error: event.error }),
  type: event.envelope?.type ?? null,
  entityId: event.envelope ? entityId(event.envelope) : null,
  occurredAt: event.envelope?.occurredAt ?? event.attempt.delivery.attemptedAt,
})
