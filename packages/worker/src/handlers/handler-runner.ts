import type { Handler } from '@rollcall/config/handler'
import type { Mirror } from '@rollcall/mirror/database'
import {
  claimDueEvent,
  type DueEvent,
  giveBack,
  holdEvent,
  MOST_ATTEMPTS,
  markHandled,
  recordHandlerFailure,
} from '@rollcall/mirror/handling'
import type { Keeping } from '@rollcall/mirror/ledger-entry'
import type { Logger } from '@rollcall/shared/log'
import { HandlerStopped, runHandler } from './run-handler.ts'
import { createWakeUp } from './wake-up.ts'

/** Nobody was left to record that the handler failed: its workers died of it, or stood still. */
class WorkersLost extends Error {
  override readonly name = 'WorkersLost'
}

export interface HandlerRunner {
  /** Events may be due: look now, not only when it is time to. */
  wake(): void
  /** Takes no further events, waits for handlers under way, rolls back those that do not end soon. */
  close(): Promise<void>
}

export interface HandlerRunnerOptions {
  /** With a pool of its own, so that handlers never wait for the mirror's connections, nor it for theirs. */
  readonly mirror: Mirror
  readonly handlers: ReadonlyMap<string, Handler>
  readonly keeping: Keeping
  readonly inFlight: number
  readonly timeoutMs: number
  readonly log: Logger
  readonly onError: (error: Error) => void
  readonly onEnd: (type: string, result: HandlerResult, tookMs: number) => void
}

export type HandlerResult = 'handled' | 'waiting' | 'failed'

/** How often is looked for what is due without having been told: retries, and what a worker that died left behind. */
const LOOK_EVERY_MS = 1_000

/** Beyond its time, how long an event is kept from others: enough to roll back and to record that, even on a slow machine. */
const GRACE_MS = 15_000

/** Long enough to tell what happened, short enough for a table. */
const MOST_ERROR_CHARACTERS = 1_000

/**
 * Runs the handlers of events that the ledger says are due. The ledger is their queue: what is committed with an event's
 * outcome cannot be lost, and a handler's transaction that also marks the event cannot be committed twice [H2]. None of it is in
 * the way of the mirror: other connections, other loops [H3].
 */
export function startHandlerRunner(options: HandlerRunnerOptions): HandlerRunner {
  const stop = new AbortController()
  const types = [...options.handlers.keys()]
  const wakeUp = createWakeUp()

  /** Runs what is due until nothing is. Whoever finds something wakes the others; one looks now and then unasked. */
  async function lane(isScout: boolean): Promise<void> {
    while (!stop.signal.aborted) {
      const heard = wakeUp.rings
      const isBusy = await runNext(options, types, stop.signal, wakeUp.ring).catch((error) => {
        options.onError(error)
        return false
      })
      if (!isBusy) await wakeUp.wait(heard, isScout ? LOOK_EVERY_MS : undefined)
    }
  }

  const lanes = Array.from({ length: options.inFlight }, (_, i) => lane(i === 0))
  return {
    wake: wakeUp.ring,
    async close() {
      stop.abort()
      wakeUp.ring()
      await Promise.all(lanes)
    },
  }
}

/** Runs the handler that has been due longest. False if none is. */
async function runNext(
  options: HandlerRunnerOptions,
  types: readonly string[],
  stop: AbortSignal,
  onFound: () => void,
): Promise<boolean> {
  const { mirror } = options
  const event = await claimDueEvent(mirror.db, types, options.timeoutMs + GRACE_MS)
  if (!event) return false
  onFound()
  const startedAt = performance.now()
  try {
    if (event.handler_attempts > MOST_ATTEMPTS)
      throw new WorkersLost(`no worker lived to see it end, ${MOST_ATTEMPTS} times`)
    await runClaimed(options, event, stop)
    report(options, event, 'handled', startedAt)
  } catch (error) {
    if (error instanceof HandlerStopped) await giveBack(mirror.db, event)
    else report(options, event, await recordFailure(options, event, error), startedAt, error)
  }
  return true
}

/** One transaction: what the handler does, and that it has done it. Throws what the handler throws. */
async function runClaimed(options: HandlerRunnerOptions, event: DueEvent, stop: AbortSignal): Promise<void> {
  const { mirror, keeping } = options
  const transaction = await mirror.db.startTransaction().execute()
  try {
    if (!(await holdEvent(transaction, event))) throw new HandlerStopped('another worker has taken the event over')
    const handler = options.handlers.get(event.type)!
    await runHandler({ ...options, handler, event, transaction, catalog: keeping.catalog, stop })
    await markHandled(transaction, mirror.schema, event, keeping)
    await transaction.commit().execute()
  } catch (error) {
    // Also ends what a handler that was given up still tries. A broken connection has rolled back already.
    await transaction
      .rollback()
      .execute()
      .catch(() => undefined)
    throw error
  }
}

/** In a transaction of its own. If that is not possible now, the event is due again when its claim runs out. */
function recordFailure(options: HandlerRunnerOptions, event: DueEvent, thrown: unknown): Promise<HandlerResult> {
  const { mirror, keeping } = options
  const error = thrown instanceof Error ? thrown : new Error(String(thrown))
  const text = `${error.name}: ${error.message}`.slice(0, MOST_ERROR_CHARACTERS)
  return mirror.db
    .transaction()
    .execute((transaction) => recordHandlerFailure(transaction, mirror.schema, event, text, keeping))
}

/** What the handler threw is in the ledger; the log tells its kind only, for its message may quote the event [L2]. */
function report(
  { log, onEnd }: HandlerRunnerOptions,
  event: DueEvent,
  result: HandlerResult,
  startedAt: number,
  error?: unknown,
): void {
  const tookMs = performance.now() - startedAt
  onEnd(event.type, result, tookMs)
  log[result === 'handled' ? 'info' : 'warn'](
    {
      messageId: event.id,
      type: event.type,
      entityId: event.entity_id,
      result,
      attempts: event.handler_attempts,
      tookMs: Math.round(tookMs),
      ...(error instanceof Error && { errorType: error.name }),
    },
    'handler.ended',
  )
}
