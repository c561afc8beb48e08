import type { Traceparent } from '@rollcall/shared/tracing'
import type { QueuedDelivery } from './body-codec.ts'

/** A job that a worker has in hand. */
export interface DeliveryJob {
  /** As the queue holds it; what it was when it was added, the codec tells. */
  readonly queued: QueuedDelivery
  /** How often it was tried before. */
  readonly attemptsMade: number
  /** The trace that it belongs to, if it does. */
  readonly trace: Traceparent | undefined
}

/**
 * How a job ended.
 * - `completed`: it leaves the queue.
 * - `returned`: to the head of the queue, with no attempt spent.
 * - `postponed`: an attempt is spent; it is tried again after a growing pause, until its attempts have run out.
 * - `failed`: it goes to the failed set.
 */
export type JobEnd =
  | { readonly end: 'completed' | 'returned' }
  | { readonly end: 'postponed' | 'failed'; readonly error: Error }

/** What is done with a job. Whatever it throws is an error of the program, and the job is postponed. */
export type ProcessJob = (job: DeliveryJob) => Promise<JobEnd>
