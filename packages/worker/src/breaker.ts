import { pause } from '@rollcall/shared/deadline'
import { type PipelineError, toPipelineError } from '@rollcall/shared/errors'
import { type Check, failed, passed } from '@rollcall/shared/readiness'
import { singleFlight } from '@rollcall/shared/single-flight'

/** Thrown to whatever waits for a broken world when the process is told to stop. */
export class Stopping extends Error {
  override readonly name = 'Stopping'
}

export interface Breaker {
  /** Resolves when work may go on: at once, or once a probe has passed. Throws `Stopping` when told to stop. */
  passage(): Promise<void>
  /** The world failed: nothing passes until a probe has. */
  trip(error: PipelineError): void
  /** Something looks wrong: probe, and trip only if the probe fails. */
  suspect(): Promise<void>
  /** Work succeeded: the next failure is a new one, and is probed for at once again. */
  succeeded(): void
  check(): Check
}

/** The pause before a probe: it doubles from the first to the second while failures follow each other. */
const FIRST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 5_000

/**
 * A circuit breaker between the worker and Postgres. While it is open the worker consumes nothing, and what it holds
 * keeps its place: an outage costs no attempts, however long it lasts, and ends by itself [O1].
 *
 * A probe may pass while work still fails (a lock held for long, a missing permission), so pauses keep growing until
 * work has succeeded, not until a probe has.
 */
export function createBreaker(options: {
  probe: () => Promise<void>
  stop: AbortSignal
  onOpen: (error: PipelineError) => void
  onClose: (outageMs: number) => void
  now: () => number
}): Breaker {
  const { stop } = options
  let failures = 0
  let open: { error: PipelineError; readonly since: number; readonly closed: Promise<void> } | undefined

  async function recover(): Promise<void> {
    while (!stop.aborted) {
      await pause(Math.min(FIRST_PAUSE_MS * 2 ** failures, LONGEST_PAUSE_MS), stop)
      failures += 1
      const error = await failureOf(options.probe)
      if (!error || !open) return
      if (error.code !== open.error.code) options.onOpen(error)
      open.error = error
    }
  }

  async function investigate(): Promise<void> {
    if (open || stop.aborted) return
    const error = await failureOf(options.probe)
    if (error) trip(error)
  }

  function trip(error: PipelineError): void {
    if (open) return
    const since = options.now()
    const closed = recover().then(() => {
      open = undefined
      if (!stop.aborted) options.onClose(options.now() - since)
    })
    open = { error, since, closed }
    options.onOpen(error)
  }

  return {
    trip,
    async passage() {
      while (open && !stop.aborted) await open.closed
      if (stop.aborted) throw new Stopping('told to stop')
    },
    // Trouble comes in swarms; one probe answers them all.
    suspect: singleFlight(investigate),
    succeeded() {
      failures = 0
    },
    check: () =>
      open
        ? failed(`${open.error.code} since ${new Date(open.since).toISOString()}: ${open.error.message}`)
        : passed('Postgres takes what is written'),
  }
}

async function failureOf(probe: () => Promise<void>): Promise<PipelineError | undefined> {
  try {
    await probe()
    return undefined
  } catch (error) {
    return toPipelineError(error)
  }
}
