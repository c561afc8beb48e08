import type { LedgerActivity } from '@rollcall/mirror/ledger-activity'
import type { QueueState } from '@rollcall/queue/job-queue'

/** A look every few seconds, for an hour. */
export const STEP_SECONDS = 5
const HOUR_MS = 3_600_000
const STEP_MS = STEP_SECONDS * 1_000

/** An hour as charts take it: times in seconds, and beside each what was then. Null where nobody looked. */
export interface Series {
  readonly times: readonly number[]
  readonly waiting: readonly (number | null)[]
  readonly active: readonly (number | null)[]
  readonly delayed: readonly (number | null)[]
  /** Events settled in a second, on the average of a step. */
  readonly perSecond: readonly (number | null)[]
  readonly lagMedianMs: readonly (number | null)[]
  readonly lagP99Ms: readonly (number | null)[]
  readonly failures: readonly (number | null)[]
}

/** What happened within the last hour, by steps. */
export interface Hour {
  addQueue(state: QueueState, at: number): void
  /** What the ledger has of all steps since `from`: those that it does not have had nothing. */
  addActivity(steps: readonly LedgerActivity[], from: number, to: number): void
  series(now: number): Series
  /** How many events were settled; nothing where nobody has looked. */
  settled(now: number): number | undefined
}

export const stepOf = (at: number): number => Math.floor(at / STEP_MS) * STEP_MS

export function createHour(): Hour {
  const queue = new Map<number, QueueState['counts']>()
  const activity = new Map<number, Omit<LedgerActivity, 'at'>>()

  function forget(steps: Map<number, unknown>, now: number): void {
    for (const at of steps.keys()) if (at < stepOf(now - HOUR_MS)) steps.delete(at)
  }

  return {
    addQueue({ counts }, at) {
      queue.set(stepOf(at), counts)
      forget(queue, at)
    },
    addActivity(steps, from, to) {
      const found = new Map(steps.map(({ at, ...step }) => [at.getTime(), step]))
      for (let at = stepOf(from); at <= to; at += STEP_MS) activity.set(at, found.get(at) ?? NOTHING)
      forget(activity, to)
    },
    settled(now) {
      const steps = activity.entries().filter(([at]) => at >= stepOf(now - HOUR_MS))
      return activity.size === 0 ? undefined : steps.reduce((sum, [, { settled }]) => sum + settled, 0)
    },
    series(now) {
      const first = stepOf(now - HOUR_MS)
      // The step under way is half full.
      const times = Array.from({ length: HOUR_MS / STEP_MS }, (_, i) => first + i * STEP_MS)
      const each = <Value>(value: (at: number) => Value | undefined) => times.map((at) => value(at) ?? null)
      return {
        times: times.map((at) => at / 1_000),
        waiting: each((at) => queue.get(at)?.waiting),
        active: each((at) => queue.get(at)?.active),
        delayed: each((at) => queue.get(at)?.delayed),
        perSecond: each((at) => activity.get(at) && activity.get(at)!.settled / STEP_SECONDS),
        lagMedianMs: each((at) => activity.get(at)?.lagMs?.median),
        lagP99Ms: each((at) => activity.get(at)?.lagMs?.p99),
        failures: each((at) => activity.get(at)?.failed),
      }
    },
  }
}

const NOTHING = { settled: 0, failed: 0, lagMs: null }
