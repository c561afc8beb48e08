import { pause } from '@rollcall/shared/deadline'

/** So many requests in any window of this length. */
export interface Rate {
  readonly requests: number
  readonly windowMs: number
}

/**
 * Clerk's limits, which are for all that use the instance's secret key together: 1,000 requests per 10 s in production,
 * 100 in development (https://clerk.com/docs/guides/how-clerk-works/system-limits).
 */
const WINDOW_MS = 10_000
const REQUESTS = { live: 1_000, test: 100 } as const

/** The share of Clerk's limit, in percent, that is ours; at least one request. The app needs the rest. */
export function rateFor(secretKey: string, sharePercent: number): Rate {
  const requests = secretKey.startsWith('sk_live_') ? REQUESTS.live : REQUESTS.test
  return { requests: Math.max(1, Math.floor((requests * sharePercent) / 100)), windowMs: WINDOW_MS }
}

/** Does the work as soon as the rate allows it. Rejects with the signal's reason if that aborts first. */
export type RateLimited = <Value>(work: () => Promise<Value>) => Promise<Value>

/**
 * Keeps requests under a rate, as the server counts them [K5]. When the server sees a request is not known, only that it
 * is between its start and its end; so one more may start only when the one so many before it has ended a window ago.
 */
export function createRateLimit({ requests, windowMs }: Rate, stop: AbortSignal): RateLimited {
  /** For each of the last requests, when the next may take its place. */
  const freeAt: Promise<number>[] = Array.from({ length: requests }, () => Promise.resolve(0))
  let next = 0

  return async (work) => {
    const place = next
    next = (next + 1) % requests
    const before = freeAt[place]!
    const { promise, resolve } = Promise.withResolvers<number>()
    freeAt[place] = promise
    try {
      const freeFrom = await before
      // Again, because a timer may be a millisecond early, which Clerk would notice.
      for (let waitMs = 0; waitMs >= 0; waitMs = freeFrom - performance.now()) {
        await pause(waitMs, stop)
        stop.throwIfAborted()
      }
      return await work()
    } finally {
      resolve(performance.now() + windowMs)
    }
  }
}
