import type { JobQueue } from '@rollcall/queue/job-queue'
import { createBatcher } from '@rollcall/shared/batcher'
import { withDeadline } from '@rollcall/shared/deadline'
import type { Delivery } from '@rollcall/shared/delivery'
import { PipelineError } from '@rollcall/shared/errors'

export type Enqueue = (delivery: Delivery) => Promise<void>

/** Well inside the 15 s that Svix waits. BullMQ alone would wait for Redis for as long as it takes. */
const DEADLINE_MS = 5_000

/** One pipeline of some 1.2 MB at 2.4 KB a job; larger ones gain nothing and hold up those behind them. */
const MAX_BATCH = 500

/** Pipelines under way at once: while one waits for the disk, the next turns of the event loop send theirs. */
const MAX_IN_FLIGHT = 32

/** Deliveries that wait while the queue is away: 20,000 at 2.4 KB are 48 MB. Beyond, the sender is told to come back. */
const MAX_WAITING = 20_000

/**
 * Hands verified deliveries to the queue, all those of one turn of the event loop at once. When it resolves the event
 * is ours to deliver, and Svix may be told so; when it throws, Svix must be told to try again [Q1].
 *
 * The message id is the job's id, so a delivery that lands after its deadline is absorbed by the retry [Q2].
 */
export function createEnqueue(queue: JobQueue): Enqueue {
  const batcher = createBatcher<Delivery, void>({
    maxItems: MAX_BATCH,
    maxInFlight: MAX_IN_FLIGHT,
    async flush(deliveries) {
      await queue.add(deliveries)
      return deliveries.map(() => ({ status: 'fulfilled', value: undefined }))
    },
  })

  return async (delivery) => {
    if (batcher.waiting >= MAX_WAITING) {
      throw new PipelineError('queue_full', `${MAX_WAITING} deliveries wait for the queue already`)
    }
    try {
      await withDeadline(batcher.submit(delivery), DEADLINE_MS)
    } catch (error) {
      batcher.withdraw(delivery)
      throw error instanceof PipelineError
        ? error
        : new PipelineError('queue_unavailable', `the queue did not take it within ${DEADLINE_MS} ms`, { cause: error })
    }
  }
}
