import type { Settlement } from '@rollcall/mirror/apply'
import { isDocumented } from '@rollcall/resources/event-types'
import type { Delivery } from '@rollcall/shared/delivery'
import { parseEnvelope } from '@rollcall/shared/envelope'
import type { PipelineError } from '@rollcall/shared/errors'
import { createProcessMetrics, type ProcessMetrics } from '@rollcall/shared/metrics-registry'
import type { HandlerResult } from './handlers/handler-runner.ts'

export type WorkerMetrics = ProcessMetrics<'worker'>

export const createMetrics = (): WorkerMetrics => createProcessMetrics('worker')

type Counting = Pick<WorkerMetrics, 'count' | 'observe'>

/** An event has ended, at `now`. */
export function countSettled(metrics: Counting, settlement: Settlement, receivedAt: number, now: number): void {
  const { outcome, error, occurredAt } = settlement
  const type = typeLabel(settlement.type)
  metrics.count('rollcall_events_settled_total', { type, outcome })
  if (error) metrics.count('rollcall_events_failed_total', { type, code: error.code })
  // A duplicate was committed before, and a failed event not at all: neither tells how late the mirror is.
  if (outcome === 'duplicate' || outcome === 'failed') return
  metrics.observe('rollcall_event_lag_seconds', {}, secondsSince(occurredAt, now))
  metrics.observe('rollcall_event_settle_seconds', {}, secondsSince(receivedAt, now))
}

/** An attempt has failed, and is made again. Only then its body is read for its type: the failure came before, or elsewhere. */
export function countFailedAttempt(metrics: Counting, delivery: Delivery, error: PipelineError): void {
  metrics.count('rollcall_event_attempts_failed_total', { type: typeLabel(typeOf(delivery)), code: error.code })
}

export function countBatch(metrics: Counting, events: number, tookMs: number): void {
  metrics.observe('rollcall_batch_events', {}, events)
  metrics.observe('rollcall_batch_seconds', {}, tookMs / 1_000)
}

export function countHandler(metrics: Counting, eventType: string, result: HandlerResult, tookMs: number): void {
  const type = typeLabel(eventType)
  metrics.count('rollcall_handlers_ended_total', { type, result })
  metrics.observe('rollcall_handler_seconds', { type }, tookMs / 1_000)
}

/** What Clerk does not document is one [P3]: a sender may make up as many types as it likes. */
const typeLabel = (type: string | null): string => (type !== null && isDocumented(type) ? type : 'other')

function typeOf(delivery: Delivery): string | null {
  try {
    return parseEnvelope(delivery).type
  } catch {
    return null // no Clerk event, which its own failure tells
  }
}

/** Clocks differ: what seems to come from the future has just happened. */
const secondsSince = (then: number, now: number): number => Math.max(0, now - then) / 1_000
