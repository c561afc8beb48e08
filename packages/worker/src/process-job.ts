import type { Settlement } from '@rollcall/mirror/apply'
import type { Attempt } from '@rollcall/mirror/interpret'
import type { BodyCodec, QueuedDelivery } from '@rollcall/queue/body-codec'
import type { DeliveryJob, JobEnd, ProcessJob } from '@rollcall/queue/delivery-job'
import type { Delivery } from '@rollcall/shared/delivery'
import { type PipelineError, toPipelineError } from '@rollcall/shared/errors'
import type { Logger } from '@rollcall/shared/log'
import { Stopping } from './breaker.ts'
import type { JobTraces } from './job-traces.ts'
import { limitBodies } from './limit-bodies.ts'
import { countSettled, type WorkerMetrics } from './metrics.ts'
import { createRefusalLog } from './refusal-log.ts'
import type { Settle } from './settle.ts'

/**
 * Of all bodies in hand: 1,500 as Clerk sends them have 3.6 MB. Rows, entries and statements of a body are up to twenty times
 * its length, so that a worker has its share of memory for other things [W24].
 */
const MOST_CHARACTERS = 4_194_304

/**
 * Does a job: settles its event and says what becomes of the job. A failed event's job goes to the failed set at once,
 * unless what it is about is erased; one that cannot be settled because the process stops goes back to the head of the
 * queue, with no attempt spent.
 */
export function createProcessor(
  parts: {
    readonly codec: BodyCodec
    readonly settle: Settle
    readonly metrics: Pick<WorkerMetrics, 'count' | 'observe'>
    readonly traces: JobTraces | undefined
    readonly log: Logger
  },
  now: () => number,
): ProcessJob {
  const { codec, settle, metrics, traces, log } = parts
  const logRefusal = createRefusalLog(log, () => performance.now())

  function tell(settlement: Settlement, { delivery, attempts }: Attempt): void {
    const { outcome, error, type, entityId, occurredAt, instanceId } = settlement
    const at = now()
    countSettled(metrics, settlement, delivery.receivedAt, at)
    if (outcome === 'refused') {
      logRefusal(instanceId)
      return
    }
    log[outcome === 'failed' ? 'warn' : 'info'](
      {
        messageId: delivery.messageId,
        type,
        entityId,
        outcome,
        attempts,
        waitedMs: at - delivery.receivedAt,
        lagMs: at - occurredAt,
        ...(error && codesOf(error)),
      },
      'event.settled',
    )
  }

  function read(queued: QueuedDelivery): { readonly delivery: Delivery; readonly unreadable?: PipelineError } {
    try {
      return { delivery: codec.unpack(queued) }
    } catch (thrown) {
      return { delivery: { ...queued, body: '', encoding: 'utf8' }, unreadable: toPipelineError(thrown) }
    }
  }

  const limited = limitBodies(MOST_CHARACTERS)

  /** What the job says of its failure. A message may quote the event, which the ledger says as well [Q42]. */
  const told = ({ code, message }: PipelineError): Error => new Error(codec.encrypts ? code : `${code}: ${message}`)

  async function work(job: DeliveryJob, { delivery, unreadable }: ReturnType<typeof read>): Promise<JobEnd> {
    const attempt: Attempt = { delivery, attempts: job.attemptsMade + 1 }
    let settlement: Settlement
    try {
      settlement = await (traces
        ? traces.follow(job, attempt, () => settle(attempt, unreadable))
        : settle(attempt, unreadable))
    } catch (thrown) {
      if (thrown instanceof Stopping) return { end: 'returned' }
      const error = toPipelineError(thrown)
      log.warn(
        { messageId: attempt.delivery.messageId, attempts: attempt.attempts, ...codesOf(error) },
        'event.postponed',
      )
      return { end: 'postponed', error: told(error) }
    }
    tell(settlement, attempt)
    const { error, isErased } = settlement
    if (!error || isErased) return { end: 'completed' }
    return { end: 'failed', error: told(error) }
  }

  return (job) =>
    limited(
      () => read(job.queued),
      ({ delivery }) => delivery.body.length,
      (received) => work(job, received),
    )
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
