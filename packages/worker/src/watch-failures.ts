import { countUnfinished, type Unfinished } from '@rollcall/mirror/count-unfinished'
import type { Mirror } from '@rollcall/mirror/database'
import { createReading } from '@rollcall/shared/reading'
import { repeat } from '@rollcall/shared/repeat'
import type { WorkerMetrics } from './metrics.ts'

export interface FailureWatch {
  close(): Promise<void>
}

/** Well within a scrape or two, so that an alert clears soon after the last failure has been retried. */
const LOOK_MS = 15_000

/** Counting takes a hundredth of the time at the most, however many failures there are. */
const PAUSE_PER_COUNT = 100

/** What was counted is told until two more looks have failed. */
const FRESH_PACES = 2.5

/** Counts now and then what nobody has retried or discarded yet, and tells it as a metric [P7]. All workers tell the same. */
export function startFailureWatch(options: {
  readonly mirror: Mirror
  readonly metrics: Pick<WorkerMetrics, 'tell'>
  readonly onError: (error: Error) => void
  readonly lookMs?: number
}): FailureWatch {
  const { mirror, metrics, lookMs = LOOK_MS } = options
  const stop = new AbortController()
  const now = () => performance.now()
  const unfinished = createReading<Unfinished>(now)
  metrics.tell('rollcall_failures_unresolved', () => {
    const counts = unfinished.fresh()
    if (!counts) return []
    return [
      { labels: { what: 'event' }, value: counts.failedEvents },
      { labels: { what: 'handler' }, value: counts.failedHandlers },
    ]
  })

  async function look(): Promise<number> {
    const startedAt = now()
    const counts = await countUnfinished(mirror.db)
    const nextMs = Math.max(lookMs, (now() - startedAt) * PAUSE_PER_COUNT)
    unfinished.set(counts, nextMs * FRESH_PACES)
    return nextMs
  }

  const running = repeat(look, { retryMs: lookMs, stop: stop.signal, onError: options.onError })
  return {
    async close() {
      stop.abort()
      await running
    },
  }
}
