import { fromPostgres } from '@rollcall/mirror/postgres-errors'
import { fromQueue } from '@rollcall/queue/errors'
import type { JobQueue } from '@rollcall/queue/job-queue'
import { openQueue, type QueueLocation } from '@rollcall/queue/open-queue'
import { requirePostgresQueue } from '@rollcall/queue/postgres-schema'
import { ConnectionProblem } from '@rollcall/shared/connection-problem'
import { DeadlineExceeded, withDeadline } from '@rollcall/shared/deadline'
import { PipelineError } from '@rollcall/shared/errors'
import { explainFailure } from './explain-failure.ts'

/** A queue that is away would be waited for without end. */
const DEADLINE_MS = 5_000

/** Opens the queue for one command, and closes it again. A failure of it is told as a command tells it. */
export async function withQueue<Result>(
  location: QueueLocation,
  work: (queue: JobQueue) => Promise<Result>,
): Promise<Result> {
  let connectionError: Error | undefined
  const queue = openQueue(location, (error) => {
    // What people can do something about is not hidden by what came of it.
    if (!(connectionError instanceof ConnectionProblem)) connectionError = error
  })

  async function ask<Answer>(question: Promise<Answer>): Promise<Answer> {
    try {
      return await withDeadline(question, DEADLINE_MS)
    } catch (thrown) {
      // A client that connects again and again tells its reason apart from the commands that wait for it.
      const reason = thrown instanceof DeadlineExceeded ? (connectionError ?? thrown) : thrown
      throw explainFailure(location.backend === 'postgres' ? fromPostgres(reason) : asQueueFailure(reason))
    }
  }

  try {
    // BullMQ's own words for a schema that is not there do not say what to do.
    if (location.backend === 'postgres') await ask(requirePostgresQueue(location))
    return await work({
      ...queue,
      add: (deliveries) => ask(queue.add(deliveries)),
      removeFailed: (messageIds) => ask(queue.removeFailed(messageIds)),
      failedAmong: (messageIds) => ask(queue.failedAmong(messageIds)),
      retryFailed: (messageIds) => ask(queue.retryFailed(messageIds)),
      counts: () => ask(queue.counts()),
      state: () => ask(queue.state()),
      pause: () => ask(queue.pause()),
      resume: () => ask(queue.resume()),
      check: () => ask(queue.check()),
    })
  } finally {
    await queue.close()
  }
}

/** With the driver's own words, which a person who looks for the reason needs. */
function asQueueFailure(thrown: unknown): PipelineError {
  const error = thrown instanceof PipelineError ? thrown : fromQueue(thrown)
  const { message } = error.cause instanceof Error ? error.cause : error
  return new PipelineError(error.code, message, { cause: error.cause })
}
