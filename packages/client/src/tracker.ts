/** Knows which calls are under way, so that who closes can wait for them. */
export interface Tracker {
  /** Runs the call; throws once it has ended. */
  track<Value>(call: () => Promise<Value>): Promise<Value>
  /** Takes no more calls, and waits until those under way have settled. */
  end(): Promise<void>
}

export function createTracker(ended: () => Error): Tracker {
  const underWay = new Set<Promise<unknown>>()
  let hasEnded = false
  return {
    async track(call) {
      if (hasEnded) throw ended()
      const running = call()
      underWay.add(running)
      try {
        return await running
      } finally {
        underWay.delete(running)
      }
    },
    async end() {
      hasEnded = true
      await Promise.allSettled(underWay)
    },
  }
}
