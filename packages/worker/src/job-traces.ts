import type { Settlement, WatchTransaction } from '@rollcall/mirror/apply'
import type { Attempt } from '@rollcall/mirror/interpret'
import type { DeliveryJob } from '@rollcall/queue/delivery-job'
import { QUEUE } from '@rollcall/queue/names'
import type { Delivery } from '@rollcall/shared/delivery'
import { toPipelineError } from '@rollcall/shared/errors'
import type { Span, Tracing } from '@rollcall/shared/tracing'
import { Stopping } from './breaker.ts'

/** The traces of jobs, each in that of the request that brought it. */
export interface JobTraces {
  /** Does what settles the job's event, and tells of it. */
  follow(job: DeliveryJob, attempt: Attempt, settle: () => Promise<Settlement>): Promise<Settlement>
  /** Tells of a transaction in the trace of each of its events, and once by itself. */
  readonly watchTransaction: WatchTransaction
}

const DATABASE = { 'db.system.name': 'postgresql' } as const

/**
 * One transaction settles the events of many traces, and a span is in one. So each event's trace has its own span of the
 * transaction, and a link to the one span of the batch, which links back to the events [L6].
 */
export function createJobTraces(tracing: Tracing): JobTraces {
  const spans = new WeakMap<Delivery, Span>()

  return {
    async follow(job, { delivery, attempts }, settle) {
      const span = tracing.startSpan('webhooks process', {
        kind: 'consumer',
        parent: job.trace,
        attributes: {
          'messaging.system': 'bullmq',
          'messaging.destination.name': QUEUE,
          'messaging.operation.type': 'process',
          'rollcall.message.id': delivery.messageId,
          'rollcall.attempts': attempts,
        },
      })
      spans.set(delivery, span)
      try {
        const settlement = await settle()
        const { type, entityId, outcome, error } = settlement
        span.set({ 'rollcall.event.type': type, 'rollcall.entity.id': entityId, 'rollcall.outcome': outcome })
        if (error) span.fail(error.code)
        return settlement
      } catch (error) {
        // One that is given back because the process stops has not failed; it goes on elsewhere, in the same trace.
        if (!(error instanceof Stopping)) span.fail(toPipelineError(error).code)
        throw error
      } finally {
        span.end()
      }
    },

    watchTransaction(attempts) {
      const seen = attempts.map(({ delivery }) => spans.get(delivery)).filter((span) => span?.isSampled)
      const events = seen.map((span) => span!.traceparent)
      if (events.length === 0) return () => undefined
      const attributes = { ...DATABASE, 'rollcall.batch.size': attempts.length }
      const batch = tracing.startSpan('mirror batch', { kind: 'client', links: events, attributes })
      const own = events.map((parent) =>
        tracing.startSpan('mirror transaction', { kind: 'client', parent, links: [batch.traceparent], attributes }),
      )
      return (error) => {
        for (const span of [...own, batch]) {
          if (error) span.fail(error.code)
          span.end()
        }
      }
    },
  }
}
