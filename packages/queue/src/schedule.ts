import { pause } from '@rollcall/shared/deadline'
import type { QueueLocation } from './open-queue.ts'
import { openWorker } from './open-worker.ts'
import { unlessAway } from './parting.ts'
import { keepPlanned, planBy, type Schedule } from './schedule-plan.ts'
import { withSchedulingQueue } from './schedule-queue.ts'

export interface Scheduled {
  /** Stops the work under way, and takes up no more. */
  close(): Promise<void>
}

export interface ScheduledOptions {
  readonly location: QueueLocation
  /** The name of the work, and of its queue. */
  readonly name: string
  /** Nothing takes back what was planned by this name before. */
  readonly schedule: Schedule | undefined
  readonly lockMs: number
  /** Failing, it is tried again after a growing pause. */
  readonly run: (stop: AbortSignal) => Promise<void>
  readonly onError: (error: Error) => void
}

/** The queue may be away when a process starts. */
const RETRY_MS = 5_000

/** How soon is noticed that a queue has been emptied, and the plan with it [Q61], or that nothing goes on with it [K16]. */
const LOOK_MS = 15_000

/**
 * Does something by a schedule that all processes on a queue share, so that it is done once each time, by one of them.
 * Where that one dies, another does it again.
 */
export function startScheduled({ location, name, schedule, lockMs, run, onError }: ScheduledOptions): Scheduled {
  const stop = new AbortController()

  async function plan(): Promise<void> {
    let isPlanned = false
    while (!stop.signal.aborted) {
      try {
        await withSchedulingQueue({ location, name, onError, stop: stop.signal }, async (queue) => {
          if (!schedule) await queue.removeJobScheduler(name)
          else await (isPlanned ? keepPlanned : planBy)(queue, name, schedule)
        })
        if (!schedule) return
        isPlanned = true
        await pause(LOOK_MS, stop.signal)
      } catch (error) {
        if (!stop.signal.aborted) onError(error as Error)
        await pause(RETRY_MS, stop.signal)
      }
    }
  }

  const settings = { concurrency: 1, lockDuration: lockMs, stalledInterval: lockMs / 2, runRetryDelay: 1_000 }
  const worker = schedule && openWorker(location, name, () => run(stop.signal), settings, onError)
  const planning = plan()
  return {
    async close() {
      stop.abort(new Error('the process stops'))
      await Promise.all([worker?.close(), unlessAway(planning)])
    },
  }
}
