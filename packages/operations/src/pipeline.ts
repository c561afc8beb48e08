import type { Mirror } from '@rollcall/mirror/database'
import type { JobQueue } from '@rollcall/queue/job-queue'

/** A running pipeline, as people act on it: from its two ends, whichever processes are between them. */
export interface Pipeline {
  readonly mirror: Mirror
  readonly queue: JobQueue
}
