export interface RateLimit {
  readonly requests: number
  readonly windowMs: number
}

/** Clerk's own, as of 2026. */
export const RATE_LIMITS = {
  development: { requests: 100, windowMs: 10_000 },
  production: { requests: 1_000, windowMs: 10_000 },
} as const satisfies Record<string, RateLimit>

export interface RateLimiter {
  /** How long the caller has to wait, in whole seconds, or nothing where the request may pass. */
  refuse(atMs: number): number | undefined
  /** The greatest number of requests in any window, those included that were refused. */
  readonly mostInWindow: number
}

/** Counts over a window that slides. Refused requests do not count against the limit. */
export function createRateLimiter({ requests, windowMs }: RateLimit): RateLimiter {
  let seen: number[] = []
  let passed: number[] = []
  let mostInWindow = 0
  return {
    get mostInWindow() {
      return mostInWindow
    },
    refuse(atMs) {
      const isInWindow = (time: number) => time > atMs - windowMs
      seen = [...seen.filter(isInWindow), atMs]
      passed = passed.filter(isInWindow)
      mostInWindow = Math.max(mostInWindow, seen.length)
      if (passed.length < requests) {
        passed.push(atMs)
        return undefined
      }
      return Math.max(1, Math.ceil(((passed[0] ?? atMs) + windowMs - atMs) / 1_000))
    },
  }
}
