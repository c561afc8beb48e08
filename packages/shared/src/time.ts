/** The last millisecond of the year 9999: later times have no four-digit year, which Postgres and ISO 8601 want. */
export const LATEST_MS = 253_402_300_799_999

/**
 * Below this an envelope's timestamp is in seconds. Clerk's real bodies carry milliseconds, its documented examples
 * seconds; 1e11 is March 1973 in milliseconds and the year 5138 in seconds, so nothing real is ambiguous.
 */
const SECONDS_BELOW = 1e11

/** A time in milliseconds since the epoch as Clerk writes it, or nothing where there is none to use. */
export function usableMilliseconds(value: unknown): number | undefined {
  if (typeof value !== 'number' || !Number.isFinite(value)) return undefined
  const whole = Math.trunc(value)
  return whole > 0 && whole <= LATEST_MS ? whole : undefined
}

/** An envelope's `timestamp`, in whichever of its two units, in milliseconds [V4]. */
export function envelopeMilliseconds(value: unknown): number | undefined {
  if (typeof value !== 'number') return undefined
  return usableMilliseconds(value < SECONDS_BELOW ? value * 1_000 : value)
}

export const isoTime = (milliseconds: number): string => new Date(milliseconds).toISOString()
