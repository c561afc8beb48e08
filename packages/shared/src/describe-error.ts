export interface DescribedError {
  readonly type: string
  readonly code?: string
  /** Not of an error whose message may quote what was written or read. */
  readonly message?: string
  readonly cause?: DescribedError
}

/** What tells an error apart, and no more [L2]: neither what it carries beside its message, nor where it was thrown. */
export function describeError(error: unknown): DescribedError | unknown {
  if (!(error instanceof Error)) return error
  const { code } = error as { code?: unknown }
  const cause = causeOf(error)
  return {
    type: error.name,
    ...(typeof code === 'string' && { code }),
    ...(!quotes(error) && { message: error.message }),
    ...(cause instanceof Error && { cause: describeError(cause) as DescribedError }),
  }
}

/** Where none of a cluster's nodes answers, `ioredis` has the last one's error under a name of its own. */
const causeOf = (error: Error): unknown => error.cause ?? (error as { lastNodeError?: unknown }).lastNodeError

/**
 * The classes of SQLSTATE (their first two characters) whose messages name tables, columns, roles and limits, and never a
 * value: connections, rights, objects, locks, resources. Class 22, of values that do not fit, quotes them; of what is not
 * here nobody knows.
 */
const SAFE_CLASSES = new Set(['08', '0A', '23', '25', '28', '3D', '3F', '40', '42', '53', '54', '55', '57', '58'])

/** Where Postgres says that a message is somebody's own text, from a function or a trigger, under whichever SQLSTATE. */
const RAISED = /^exec_stmt_(raise|assert)$/

/** Whether an error's message may quote an event: its own, or that of its cause, which it repeats. */
function quotes(error: Error): boolean {
  // What could not be parsed is quoted.
  if (error instanceof SyntaxError) return true
  if (isFromPostgres(error)) return !SAFE_CLASSES.has(error.code.slice(0, 2)) || RAISED.test(error.routine ?? '')
  const { cause } = error
  return cause instanceof Error && quotes(cause) && error.message.includes(cause.message)
}

interface PostgresError extends Error {
  readonly severity: string
  readonly code: string
  readonly routine?: string
}

/** As `pg` throws it; told by what it carries, for who logs need not have `pg`. */
function isFromPostgres(error: Error): error is PostgresError {
  const { severity, code } = error as Partial<PostgresError>
  return typeof severity === 'string' && typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code)
}
