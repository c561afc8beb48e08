import { fromPostgres } from '@rollcall/mirror/postgres-errors'
import { redisProblem } from '@rollcall/queue/redis-problem'
import { type ErrorCode, PipelineError } from '@rollcall/shared/errors'
import { tlsProblem } from '@rollcall/shared/tls-errors'
import { CommandError, UsageError } from './command.ts'

/** What to do about a failure, where there is something to do. */
const ADVICE: Partial<Record<ErrorCode, string>> = {
  database_unavailable: 'Postgres does not answer at DATABASE_URL. Is it running? `pnpm start` brings its own.',
  database_busy: 'Postgres was busy. Try again.',
  permission_denied: 'Postgres refused the role of DATABASE_URL. Give it the right to create and use the schema.',
  schema_mismatch: 'The schema is missing or older than this version. Run `pnpm rollcall migrate`.',
  queue_unavailable: 'The queue does not answer at REDIS_URL. Is it running? `pnpm start` brings its own.',
  queue_full: 'The queue has no room. Give it more memory or disk, or wait until the workers have emptied it.',
  clerk_unavailable: 'Clerk does not answer. Nothing is lost: run the command again, and it goes on where it stopped.',
}

/** Whose messages say what to do by themselves. */
const SAY_IT_ALL: readonly ErrorCode[] = ['clerk_refused', 'instance_refused', 'run_under_way', 'session_needed']

/** A failure of Postgres, the queue or Clerk, as a command reports it: what to do, and the reason in the driver's words. */
export function explainFailure(thrown: unknown): Error {
  if (thrown instanceof CommandError || thrown instanceof UsageError) return thrown
  const error = thrown instanceof PipelineError ? thrown : fromPostgres(thrown)
  if (SAY_IT_ALL.includes(error.code)) return new CommandError(error.message, { cause: error })
  const ofQueue = error.code === 'queue_unavailable' ? redisProblem(error.cause) : undefined
  if (ofQueue) return new CommandError(withReason(ofQueue.message, ofQueue.cause), { cause: error })
  const problem = tlsProblem(error.cause, 'DATABASE_URL')
  if (problem) return new CommandError(withReason(problem, error.cause), { cause: error })
  const advice = ADVICE[error.code]
  return advice === undefined ? error : new CommandError(`${advice}\n  ${reasonOf(error)}`, { cause: error })
}

/** Some problems are told by what has not come, and nobody has put them into words before. */
const withReason = (problem: string, cause: unknown): string =>
  cause instanceof Error ? `${problem}\n  ${cause.message}` : problem

/** A refused connection to both of a host's addresses is an AggregateError, whose own message is empty. */
function reasonOf(error: Error): string {
  const cause = error.cause instanceof AggregateError ? error.cause.errors[0] : undefined
  return error.message || (cause instanceof Error ? cause.message : 'no reason was given')
}
