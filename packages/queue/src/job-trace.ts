import type { Delivery } from '@rollcall/shared/delivery'
import { isJsonObject, parseJson } from '@rollcall/shared/json'
import type { Traceparent } from '@rollcall/shared/tracing'
import type { JobsOptions } from 'bullmq'

/** The trace of each of the deliveries that go to the queue together, where it has one. */
export interface DeliveryTraces {
  get(delivery: Delivery): Traceparent | undefined
}

/**
 * A job carries its trace where BullMQ keeps traces, and as `bullmq-otel` writes them, so that others on the queue
 * understand it. A delivery stays what it is, and a job without a trace is a job [L6].
 *
 * BullMQ is not handed a `telemetry` of its own, `bullmq-otel`'s or another: its spans hold the message of a failed job's
 * error, which quotes the event [L5]; one of them stands for all jobs of an `addBulk`; and its workers tell of every look
 * for a job and every renewal of a lock.
 */
export function traceOptions(traceparent: Traceparent | undefined): Pick<JobsOptions, 'telemetry'> {
  return traceparent === undefined ? {} : { telemetry: { metadata: JSON.stringify({ traceparent }) } }
}

/** The trace that a job belongs to, if it does. */
export function traceOf(metadata: string | undefined): Traceparent | undefined {
  const carrier = metadata === undefined ? undefined : parseJson(metadata)
  return isJsonObject(carrier) && typeof carrier.traceparent === 'string' ? carrier.traceparent : undefined
}

/** The same of a job's options as BullMQ stores them: it writes `telemetry.metadata` as `tm`. */
export function traceIn(storedOptions: string): Traceparent | undefined {
  const options = storedOptions === '' ? undefined : parseJson(storedOptions)
  return traceOf(isJsonObject(options) && typeof options.tm === 'string' ? options.tm : undefined)
}
