import { fromPostgres } from '@rollcall/mirror/postgres-errors'
import { redisProblem } from '@rollcall/queue/redis-problem'
import { ConfigError } from '@rollcall/shared/config'
import { type ErrorCode, PipelineError } from '@rollcall/shared/errors'
import { tlsProblem } from '@rollcall/shared/tls-errors'
import { CommandError, SAID, UsageError } from './command.ts'

/** What happened, in a command's own words, and what to do; or that the failure's message says both. */
type Explanation = { readonly happened: string; readonly next: string } | typeof SAID

/** What nobody foresaw is left as it is, for `rollcall` to tell where it happened. */
const EXPLANATIONS: Readonly<Record<Exclude<ErrorCode, 'unexpected'>, Explanation>> = {
  database_unavailable: {
    happened: 'Postgres does not answer at DATABASE_URL.',
    next: 'Is it running? `pnpm start` brings its own.',
  },
  database_busy: {
    happened: 'Postgres was busy.',
    next: 'Try again; if it stays so, look for what holds locks there.',
  },
  permission_denied: {
    happened: 'Postgres refused the role of DATABASE_URL.',
    next: '`pnpm rollcall doctor` tells which right it lacks, and the statement that grants it.',
  },
  schema_mismatch: {
    happened: 'The schema is missing or older than this version.',
    next: 'Run `pnpm rollcall migrate`.',
  },
  row_rejected: {
    happened: 'Postgres refused a row.',
    next: 'If a constraint or trigger of yours is on the table, look there; else report it, with the line below.',
  },
  payload_invalid: {
    happened: 'What was read is not what Clerk sends.',
    next: 'Look at where it comes from; if that is Clerk, report it, with the line below.',
  },
  queue_unavailable: {
    happened: 'The queue does not answer at REDIS_URL.',
    next: 'Is it running? `pnpm start` brings its own.',
  },
  queue_full: {
    happened: 'The queue has no room.',
    next: 'Give it more memory or disk, or wait until the workers have emptied it.',
  },
  job_unreadable: {
    happened: 'A job on the queue cannot be read.',
    next: 'Set the QUEUE_ENCRYPTION_KEY that it was written with, beside the new one.',
  },
  clerk_unavailable: {
    happened: 'Clerk does not answer.',
    next: 'Nothing is lost: run the command again, and it goes on where it stopped.',
  },
  clerk_refused: SAID,
  instance_refused: SAID,
  run_under_way: SAID,
  session_needed: SAID,
}

/** A failure of Postgres, the queue or Clerk, as a command reports it: what to do, and the reason in the driver's words. */
export function explainFailure(thrown: unknown): Error {
  if (thrown instanceof CommandError || thrown instanceof UsageError || thrown instanceof ConfigError) return thrown
  const error = thrown instanceof PipelineError ? thrown : fromPostgres(thrown)
  if (error.code === 'unexpected') return error
  const explanation = EXPLANATIONS[error.code]
  if (explanation === SAID) return new CommandError(error.message, SAID, { cause: error })
  const ofQueue = error.code === 'queue_unavailable' ? redisProblem(error.cause) : undefined
  if (ofQueue) return new CommandError(withReason(ofQueue.message, ofQueue.cause), SAID, { cause: error })
  const problem = tlsProblem(error.cause, 'DATABASE_URL')
  if (problem) return new CommandError(withReason(problem, error.cause), SAID, { cause: error })
  return new CommandError(explanation.happened, `${explanation.next}\n  ${reasonOf(error)}`, { cause: error })
}

/** Some problems are told by what has not come, and nobody has put them into words before. */
const withReason = (problem: string, cause: unknown): string =>
  cause instanceof Error ? `${problem}\n  ${cause.message}` : problem

/** A refused connection to both of a host's addresses is an AggregateError, whose own message is empty. */
function reasonOf(error: Error): string {
  const cause = error.cause instanceof AggregateError ? error.cause.errors[0] : undefined
  return error.message || (cause instanceof Error ? cause.message : 'no reason was given')
}
