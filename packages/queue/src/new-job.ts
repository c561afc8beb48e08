import type { Traceparent } from '@rollcall/shared/tracing'
import type { NewJob } from './add-deliveries.ts'
import type { QueuedDelivery } from './body-codec.ts'
import { traceOptions } from './job-trace.ts'
import { JOB_OPTIONS, jobIdOf } from './names.ts'

/** A job's options as BullMQ stores them, which writes `telemetry.metadata` as `tm`. */
function stored(traceparent: Traceparent | undefined): string {
  const metadata = traceOptions(traceparent).telemetry?.metadata
  return JSON.stringify({ ...JOB_OPTIONS, ...(metadata !== undefined && { tm: metadata }) })
}

/** The same of every job that has no trace. */
const UNTRACED = stored(undefined)

/** The job that a delivery becomes. */
export const newJob = (queued: QueuedDelivery, traceparent: Traceparent | undefined): NewJob => ({
  id: jobIdOf(queued.messageId),
  data: JSON.stringify(queued),
  opts: traceparent === undefined ? UNTRACED : stored(traceparent),
})
