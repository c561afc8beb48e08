import type { Settlement } from '@rollcall/mirror/apply'
import type { Processor } from '@rollcall/queue/open-worker'
import type { Delivery } from '@rollcall/shared/delivery'
import { toPipelineError } from '@rollcall/shared/errors'
import type { Logger } from '@rollcall/shared/log'
import { UnrecoverableError, WaitingError } from 'bullmq'
import { Stopping } from './breaker.ts'
import type { JobTraces } from './job-traces.ts'
import { countSettled, type WorkerMetrics } from './metrics.ts'
import { createRefusalLog } from './refusal-log.ts'
import type { Settle } from './settle.ts'

/**
 * Does a job: settles its event and tells BullMQ how. A failed event's job goes to the failed set at once, unless what it
 * is about is erased; one that cannot be settled because the process stops goes back to the head of the queue, with no
 * attempt spent.
 */
export function createProcessor(
  settle: Settle,
  metrics: Pick<WorkerMetrics, 'count' | 'observe'>,
  traces: JobTraces | undefined,
  log: Logger,
  now: () => number,
): Processor<Delivery> {
  const logRefusal = createRefusalLog(log, now)
  return async (job, token) => {
    const attempt = { delivery: job.data, attempts: job.attemptsMade + 1 }
    let settlement: Settlement
    try {
      settlement = await (traces ? traces.follow(job, () => settle(attempt)) : settle(attempt))
    } catch (error) {
      if (!(error instanceof Stopping)) {
        log.warn({ messageId: job.data.messageId, attempts: attempt.attempts, ...codesOf(error) }, 'event.postponed')
        throw error
      }
      await job.moveToWait(token)
      throw new WaitingError()
    }

    const { outcome, error, type, entityId, occurredAt } = settlement
    countSettled(metrics, settlement, job.data.receivedAt, now())
    if (outcome === 'refused') logRefusal(settlement.instanceId)
    else
      log[outcome === 'failed' ? 'warn' : 'info'](
        {
          messageId: job.data.messageId,
          type,
          entityId,
          outcome,
          attempts: attempt.attempts,
          waitedMs: now() - job.data.receivedAt,
          lagMs: now() - occurredAt,
          ...(error && codesOf(error)),
        },
        'event.settled',
      )
    if (error && !settlement.isErased) throw new UnrecoverableError(`${error.code}: ${error.message}`)
    return outcome
  }
}

/**
 * What of an event's failure is logged: our code, and Postgres's. Its message may quote the event, so that is kept in
 * the ledger and in the job [L2].
 */
function codesOf(thrown: unknown): { readonly errorCode: string; readonly sqlState?: string } {
  const error = toPipelineError(thrown)
  const { code } = (error.cause ?? {}) as { code?: unknown }
  return { errorCode: error.code, ...(typeof code === 'string' && { sqlState: code }) }
}
