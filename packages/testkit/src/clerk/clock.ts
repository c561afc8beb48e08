/** A clock that stands still until a test moves it. */
export interface Clock {
  /** In milliseconds since 1970. */
  now(): number
  advance(ms: number): void
}

export function createClock(startMs: number): Clock {
  let now = startMs
  return {
    now: () => now,
    advance(ms) {
      if (ms < 0) throw new Error(`A clock does not go back, but was asked to by ${-ms} ms.`)
      now += ms
    },
  }
}
