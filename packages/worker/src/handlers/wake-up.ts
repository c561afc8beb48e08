import { setTimeout as sleep } from 'node:timers/promises'

/** A bell for several sleepers, none of whom misses a ring between looking for work and falling asleep. */
export interface WakeUp {
  ring(): void
  /** How often it has rung: to be asked before looking for work. */
  readonly rings: number
  /** Resolves at the next ring after `heard`, or after `milliseconds` if given. */
  wait(heard: number, milliseconds?: number): Promise<void>
}

export function createWakeUp(): WakeUp {
  let rings = 0
  let next = Promise.withResolvers<void>()
  return {
    get rings() {
      return rings
    },
    ring() {
      rings += 1
      next.resolve()
      next = Promise.withResolvers()
    },
    async wait(heard, milliseconds) {
      if (rings !== heard) return
      if (milliseconds === undefined) return next.promise
      const awake = new AbortController()
      const timer = sleep(milliseconds, undefined, { signal: awake.signal }).catch(() => undefined) // aborted by the ring
      await Promise.race([next.promise, timer])
      awake.abort()
    },
  }
}
