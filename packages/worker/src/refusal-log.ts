import type { Logger } from '@rollcall/shared/log'

/** A wrongly set up endpoint sends every event of another instance: one line tells as much as a thousand. */
const EVERY_MS = 60_000

/**
 * Tells of events from instances that are not allowed: at once, and then at most once a minute, with their number [W7].
 * `now` in milliseconds of a clock that never jumps.
 */
export function createRefusalLog(log: Logger, now: () => number): (instanceId: string | null) => void {
  let loggedAt = Number.NEGATIVE_INFINITY
  let refused = 0
  return (instanceId) => {
    refused += 1
    if (now() - loggedAt < EVERY_MS) return
    log.warn({ instanceId, refused }, 'events.refused')
    loggedAt = now()
    refused = 0
  }
}
