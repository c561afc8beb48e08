import { type ApplyOptions, applyBatch, failEvent, type Settlement } from '@rollcall/mirror/apply'
import type { Mirror } from '@rollcall/mirror/database'
import type { Attempt } from '@rollcall/mirror/interpret'
import { createBatcher } from '@rollcall/shared/batcher'
import { type PipelineError, toPipelineError } from '@rollcall/shared/errors'
import type { Breaker } from './breaker.ts'
import { countBatch, countFailedAttempt, type WorkerMetrics } from './metrics.ts'

export interface BatchOptions extends ApplyOptions {
  readonly batchSize: number
  readonly batchesInFlight: number
  /** How often an event is taken up before a failure that nobody understands is its own. */
  readonly maxAttempts: number
  /** Done with what a batch came to, once that is committed. */
  readonly afterCommit: (settled: readonly Settled[]) => Promise<readonly Settled[]>
}

type Settled = PromiseSettledResult<Settlement>

/**
 * Settles one event: how it ended, or a throw. Waits through every outage; throws `Stopping` when the process is told to
 * stop meanwhile, and what nobody understands while attempts are left. One whose job could not be read comes with why, and
 * without a body [Q44].
 */
export type Settle = (attempt: Attempt, unreadable?: PipelineError) => Promise<Settlement>

export function createSettle(
  mirror: Mirror,
  breaker: Breaker,
  metrics: Pick<WorkerMetrics, 'count' | 'observe'>,
  options: BatchOptions,
): Settle {
  async function apply(attempts: readonly Attempt[]): Promise<readonly Settled[]> {
    const startedAt = performance.now()
    const settled = await applyBatch(mirror, attempts, options)
    countBatch(metrics, attempts.length, performance.now() - startedAt)
    return settled
  }

  const batcher = createBatcher<Attempt, Settlement>({
    maxItems: options.batchSize,
    maxInFlight: options.batchesInFlight,
    flush: async (attempts) => options.afterCommit(await apply(attempts)),
  })

  return async (attempt, unreadable) => {
    let isFailing = false
    let work = () => (unreadable ? Promise.reject(unreadable) : batcher.submit(attempt))
    for (;;) {
      await breaker.passage()
      try {
        const settlement = await work()
        breaker.succeeded()
        return settlement
      } catch (thrown) {
        const error = toPipelineError(thrown)
        switch (error.disposition) {
          case 'retry':
          case 'halt':
            countFailedAttempt(metrics, attempt.delivery, error)
            breaker.trip(error)
            break
          case 'attempt':
          case 'fail':
            // Where its failure could not be recorded either it goes to the failed set: asking at once, and for ever, is no way.
            if (attempt.attempts < options.maxAttempts || isFailing) {
              countFailedAttempt(metrics, attempt.delivery, error)
              throw error
            }
            isFailing = true
            work = () => failEvent(mirror, attempt, error, options)
        }
      }
    }
  }
}
