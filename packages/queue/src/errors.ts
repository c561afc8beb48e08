import { PipelineError } from '@rollcall/shared/errors'
import { redisProblem } from './redis-problem.ts'

/** Redis and Postgres saying that they are full. Redis begins an error reply with its code, Postgres has SQLSTATEs. */
const FULL = new Set(['OOM', '53100', '53200'])

/** Redis's error code, which its protocol puts first in the reply. */
const redisCode = (error: Error): string | undefined =>
  error.name === 'ReplyError' ? error.message.split(' ', 1)[0] : undefined

/** A failed queue operation as a PipelineError: the queue has no room, or it is not there. */
export function fromQueue(thrown: unknown): PipelineError {
  if (thrown instanceof PipelineError) return thrown
  const error = thrown instanceof Error ? thrown : new Error(String(thrown))
  const { code } = error as { code?: unknown }
  return FULL.has(redisCode(error) ?? String(code))
    ? new PipelineError('queue_full', 'the queue has no room', { cause: error })
    : new PipelineError('queue_unavailable', redisProblem(error)?.message ?? 'the queue cannot be reached', {
        cause: error,
      })
}
