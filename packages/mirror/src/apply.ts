import { type PipelineError, toPipelineError } from '@rollcall/shared/errors'
import { commitBatch, type Ending } from './commit.ts'
import type { Mirror } from './database.ts'
import { type Attempt, type Interpretation, interpret } from './interpret.ts'
import { type Keeping, storableEntityId } from './ledger-entry.ts'
import { fromPostgres } from './postgres-errors.ts'
import { isDeletion } from './requested-row.ts'

/** How an event ended, and what it was. */
export interface Settlement extends Ending {
  readonly type: string | null
  /** As the row and the ledger have it. */
  readonly entityId: string | null
  readonly instanceId: string | null
  /** In milliseconds. */
  readonly occurredAt: number
  /** Whether the event deletes its entity and erases it, now or, a duplicate, before. */
  readonly erases: boolean
}

/** Told of a transaction over events as it begins, and by what it returns of how that ended. */
export type WatchTransaction = (attempts: readonly Attempt[]) => (error: PipelineError | undefined) => void

export interface ApplyOptions extends Keeping {
  /** The only instances whose events are applied; all, where none is named. */
  readonly allowedInstances?: readonly string[] | undefined
  readonly watchTransaction?: WatchTransaction | undefined
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
    attempts.map((attempt) => interpret(attempt, options.catalog, options.allowedInstances)),
    options,
  )
}

/** Writes in one transaction. If Postgres refuses it for what an event says, halves until that event is alone [B4]. */
async function write(mirror: Mirror, events: readonly Interpretation[], options: ApplyOptions): Promise<Settled[]> {
  try {
    return (await settle(mirror, events, options)).map((value) => ({ status: 'fulfilled', value }))
  } catch (thrown) {
    const error = fromPostgres(thrown)
    if (isOfWorld(error)) return events.map(() => ({ status: 'rejected', reason: error }))
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

const isOfWorld = ({ disposition }: PipelineError): boolean => disposition === 'retry' || disposition === 'halt'

/**
 * Writes an event's failure, and nothing else; if the ledger takes that only without what the event says, then so [W22].
 * Rejects if even that is not possible now.
 */
async function recordFailure(
  mirror: Mirror,
  { attempt, envelope }: Pick<Interpretation, 'attempt' | 'envelope'>,
  error: PipelineError,
  options: ApplyOptions,
): Promise<Settled> {
  try {
    const failure: Interpretation = { attempt, envelope, asks: 'nothing', outcome: 'failed', error }
    const [settlement] = await settle(mirror, [failure], options)
    return { status: 'fulfilled', value: settlement! }
  } catch (thrown) {
    const reason = fromPostgres(thrown)
    if (isOfWorld(reason) || options.bodies === 'none') return { status: 'rejected', reason }
    return recordFailure(mirror, { attempt, envelope }, error, { ...options, bodies: 'none' })
  }
}

/** Sets an event aside as failed: its attempts have run out. */
export async function failEvent(
  mirror: Mirror,
  attempt: Attempt,
  error: unknown,
  options: ApplyOptions,
): Promise<Settlement> {
  const event = interpret(attempt, options.catalog, undefined)
  const settled = await recordFailure(mirror, event, toPipelineError(error), options)
  if (settled.status === 'rejected') throw settled.reason
  return settled.value
}

async function settle(
  mirror: Mirror,
  events: readonly Interpretation[],
  options: ApplyOptions,
): Promise<readonly Settlement[]> {
  const ended = options.watchTransaction?.(events.map((event) => event.attempt))
  try {
    const endings = await mirror.db
      .transaction()
      .execute((transaction) => commitBatch(transaction, mirror.schema, events, options))
    ended?.(undefined)
    return events.map((event, i) => settlementOf(event, endings[i]!))
  } catch (thrown) {
    const error = fromPostgres(thrown)
    ended?.(error)
    throw error
  }
}

const settlementOf = (event: Interpretation, ending: Ending): Settlement => ({
  ...ending,
  type: event.envelope?.type ?? null,
  entityId: storableEntityId(event.envelope),
  instanceId: event.envelope?.instanceId ?? null,
  occurredAt: event.envelope?.occurredAt ?? event.attempt.delivery.attemptedAt,
  erases: event.asks === 'row' && isDeletion(event) && event.resource.onDelete === 'erase',
})
