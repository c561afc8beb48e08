/**
 * What the pipeline does when an operation fails. Every failure maps to exactly one [F1].
 *
 * - `retry`: the world is broken and the event is fine. Wait for the world; no attempt is spent.
 * - `fail`: the event is broken and the world is fine. Set it aside and carry on.
 * - `halt`: we are broken (schema, permission). Stop consuming until mended; no event is at fault.
 * - `attempt`: nobody knows. Try again with growing pauses, and fail once the attempts have run out.
 */
export type Disposition = 'retry' | 'fail' | 'halt' | 'attempt'

const DISPOSITIONS = {
  payload_invalid: 'fail',
  row_rejected: 'fail',
  queue_unavailable: 'retry',
  queue_full: 'retry',
  job_unreadable: 'attempt',
  clerk_unavailable: 'retry',
  clerk_refused: 'halt',
  instance_refused: 'halt',
  run_under_way: 'retry',
  database_unavailable: 'retry',
  database_busy: 'retry',
  schema_mismatch: 'halt',
  permission_denied: 'halt',
  session_needed: 'halt',
  unexpected: 'attempt',
} as const satisfies Record<string, Disposition>

export type ErrorCode = keyof typeof DISPOSITIONS

/** A failure that the pipeline understands. The message never holds a payload or a secret [L2]. */
export class PipelineError extends Error {
  override readonly name = 'PipelineError'
  readonly code: ErrorCode

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }

  get disposition(): Disposition {
    return DISPOSITIONS[this.code]
  }
}

/** Anything thrown, as a PipelineError. An unknown failure is `unexpected`: losing an event is worse than repeating one. */
export function toPipelineError(thrown: unknown): PipelineError {
  if (thrown instanceof PipelineError) return thrown
  const message = thrown instanceof Error ? thrown.message : String(thrown)
  return new PipelineError('unexpected', message, { cause: thrown })
}
