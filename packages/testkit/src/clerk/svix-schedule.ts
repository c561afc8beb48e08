import type { AttemptResult } from './svix-attempt.ts'

const SECOND_MS = 1_000
const MINUTE_MS = 60 * SECOND_MS
const HOUR_MS = 60 * MINUTE_MS

/**
 * Svix's own schedule: how long it waits after each failed attempt. The first is made at once, and the eighth, 27 hours 35
 * minutes and 5 seconds after it, is the last.
 */
export const WAITS_MS = [
  5 * SECOND_MS,
  5 * MINUTE_MS,
  30 * MINUTE_MS,
  2 * HOUR_MS,
  5 * HOUR_MS,
  10 * HOUR_MS,
  10 * HOUR_MS,
] as const

/** An endpoint that says it is overloaded is left alone for at least so long. */
const OVERLOAD_MS = 60 * SECOND_MS

/** An endpoint of which all attempts fail for so long is switched off. */
export const DISABLED_AFTER_MS = 5 * 24 * HOUR_MS

/** How long to wait after this many failed attempts, the last of which ended so; nothing where there is to be no other. */
export function waitMs(failedAttempts: number, refusal: Extract<AttemptResult, { outcome: 'refused' }>) {
  const scheduled = WAITS_MS[failedAttempts - 1]
  if (scheduled === undefined || refusal.wish === 'abort-message') return undefined
  const base = refusal.isOverloaded ? Math.max(scheduled, OVERLOAD_MS) : scheduled
  // The endpoint's own wish is granted within limits: not sooner than planned, nor more than twice as late.
  return Math.min(Math.max(refusal.retryAfterMs ?? base, base), 2 * base)
}
