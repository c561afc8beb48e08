import type { Settlement } from '@rollcall/mirror/apply'
import { isDocumented } from '@rollcall/resources/event-types'
import { Counter, Registry } from 'prom-client'
import type { HandlerResult } from './handlers/handler-runner.ts'

/** What the worker counts, and how it is read. */
export interface WorkerMetrics {
  readonly registry: Registry
  eventSettled(type: string | null, outcome: Settlement['outcome']): void
  handlerEnded(type: string, result: HandlerResult): void
}

export function createMetrics(): WorkerMetrics {
  const registry = new Registry()
  const events = new Counter({
    name: 'rollcall_events_settled_total',
    help: 'Events by type and outcome; `duplicate`: the message had been settled before.',
    labelNames: ['type', 'outcome'] as const,
    registers: [registry],
  })
  const handlers = new Counter({
    name: 'rollcall_handlers_ended_total',
    help: 'Runs of handlers by event type and result; `waiting`: it failed and is tried again.',
    labelNames: ['type', 'result'] as const,
    registers: [registry],
  })
  return {
    registry,
    // A label's values must be few: what Clerk does not document is one.
    eventSettled: (type, outcome) =>
      events.inc({ type: type !== null && isDocumented(type) ? type : 'other', outcome }),
    handlerEnded: (type, result) => handlers.inc({ type, result }),
  }
}
