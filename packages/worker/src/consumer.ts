import { openDeliveryWorkers } from '@rollcall/queue/open-delivery-workers'
import type { QueueLocation } from '@rollcall/queue/open-queue'
import type { Processor } from '@rollcall/queue/open-worker'
import type { Delivery } from '@rollcall/shared/delivery'

export interface Consumer {
  /** Takes no further jobs; those in hand go on. */
  pause(): Promise<void>
  resume(): Promise<void>
  /** Takes no further jobs, waits for those in hand, and closes the connections. */
  close(): Promise<void>
}

/** A job that stalled because its worker died is taken up again however often that happens [O2]; Postgres's `integer`. */
const EVER = 2 ** 31 - 1

/** Begins to hand jobs to the processor, `concurrency` of them at a time. */
export function startConsumer(options: {
  location: QueueLocation
  process: Processor<Delivery>
  concurrency: number
  lockMs: number
  onError: (error: Error) => void
}): Consumer {
  const settings = {
    concurrency: options.concurrency,
    lockDuration: options.lockMs,
    // Twice within a lock's life, so that the jobs of a dead worker wait for one and a half of it at the most.
    stalledInterval: options.lockMs / 2,
    maxStalledCount: EVER,
    // BullMQ's own pause after a failed fetch is 15 s.
    runRetryDelay: 1_000,
  }
  const worker = openDeliveryWorkers(options.location, options.process, settings, options.onError)
  return {
    pause: () => worker.pause(true),
    resume: () => worker.resume(),
    close: () => worker.close(),
  }
}
