import { ConnectionProblem } from '@rollcall/shared/connection-problem'
import { DeadlineExceeded, withDeadline } from '@rollcall/shared/deadline'
import type { Check } from '@rollcall/shared/readiness'
import { redisProblem } from './redis-problem.ts'

/** So long a connection whose trouble is known may take to show that it is over. */
const MENDED_MS = 1_000

export interface ConnectionWatch {
  onError(error: Error): void
  /** The answer, or a `ConnectionProblem` where that keeps it from coming [Q24]. */
  check(asked: Promise<Check>): Promise<Check>
}

/**
 * Questions to a Redis that is away wait, and why it is away is told elsewhere. This brings the two together, for what is
 * asked how the queue is.
 */
export function watchConnection(onError: (error: Error) => void): ConnectionWatch {
  const waiting = new Set<(problem: ConnectionProblem) => void>()
  let problem: ConnectionProblem | undefined

  async function answerOf(asked: Promise<Check>): Promise<Check> {
    try {
      const answer = await asked
      problem = undefined
      return answer
    } catch (error) {
      throw redisProblem(error) ?? error
    }
  }

  async function unlessProblemComes(answer: Promise<Check>): Promise<Check> {
    const { promise, reject } = Promise.withResolvers<never>()
    waiting.add(reject)
    try {
      return await Promise.race([answer, promise])
    } finally {
      waiting.delete(reject)
    }
  }

  async function unlessProblemStays(answer: Promise<Check>): Promise<Check> {
    try {
      return await withDeadline(answer, MENDED_MS)
    } catch (error) {
      throw error instanceof DeadlineExceeded && problem ? problem : error
    }
  }

  return {
    onError(error) {
      onError(error)
      if (!(error instanceof ConnectionProblem)) return
      problem = error
      for (const reject of waiting) reject(error)
    },
    check: (asked) => (problem ? unlessProblemStays(answerOf(asked)) : unlessProblemComes(answerOf(asked))),
  }
}
