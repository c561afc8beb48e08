import { until } from '@rollcall/testkit/wait'
import type { Arena } from './arena.ts'
import { inject } from './faults.ts'
import type { Fault } from './schedule.ts'
import type { Tracker } from './tracker.ts'

/** A fault that was, and after what time all that was sent until its end had been accepted and settled. */
export interface Injected {
  readonly fault: Fault
  readonly recoveredMs: number
}

/** Events flow all the time; they are waited for as long as a run may take. */
const FLOWS_MS = 3_600_000

/** What it waits for is the lock of a worker that died, a handler's claim apart, and what has piled up. Longer is stuck. */
const RECOVERED_MS = 180_000

/** Injects them one after the other, each when its time has come, but for those that are together; then waits until all is well. */
export async function runFaults(
  arena: Arena,
  tracker: Tracker,
  schedule: readonly Fault[],
  onInjected: (injected: Injected) => void,
): Promise<void> {
  const recoveries: Promise<void>[] = []
  for (const group of together(schedule)) {
    const [first] = group
    await until(() => tracker.count >= first!.atEvent, {
      timeoutMs: FLOWS_MS,
      what: `${first!.atEvent} events are sent`,
    })
    if (!first!.atOnce) await Promise.all(recoveries)
    await Promise.all(
      group.map(async (fault) => {
        await inject(arena, fault).catch(whileIn(fault))
        const endedAt = performance.now()
        const recovery = tracker.untilSettled(tracker.count, RECOVERED_MS).then((at) => {
          onInjected({ fault, recoveredMs: Math.max(0, at - endedAt) })
        }, whileIn(fault))
        recovery.catch(() => {}) // told to whoever waits for it below
        recoveries.push(recovery)
      }),
    )
  }
  await Promise.all(recoveries)
}

const whileIn =
  (fault: Fault) =>
  (cause: unknown): never => {
    throw new Error(`${fault.kind}, and then it did not go on (${JSON.stringify(fault)})`, { cause })
  }

/** Those of the same moment together. */
const together = (schedule: readonly Fault[]): readonly (readonly Fault[])[] =>
  schedule.reduce<Fault[][]>((groups, fault) => {
    const last = groups.at(-1)
    if (fault.together && last) last.push(fault)
    else groups.push([fault])
    return groups
  }, [])
