import { randomBytes } from 'node:crypto'
import type { EventSearch } from '@rollcall/mirror/event-search'
import { type DiscardSummary, discard } from '@rollcall/operations/discard'
import type { Pipeline } from '@rollcall/operations/pipeline'
import { type ReplaySummary, replay } from '@rollcall/operations/replay'
import type { Logger } from '@rollcall/shared/log'

export const ACTIONS = ['replay', 'discard'] as const
export type ActionName = (typeof ACTIONS)[number]

/** A replay or a discard, under way or ended. */
export interface Run {
  readonly id: string
  readonly action: ActionName
  readonly actor: string
  /** Which events, in words. */
  readonly what: string
  readonly startedAt: number
  readonly done: number
  readonly total: number
  readonly state: 'running' | 'ended' | 'stopped' | 'failed'
  readonly replayed?: ReplaySummary
  readonly discarded?: DiscardSummary
}

export interface Runs {
  /** Begins, and does not wait for the end. Nothing where too many are under way. */
  start(asked: Asked): Run | undefined
  get(id: string): Run | undefined
  stop(id: string): void
  /** Stops what is under way, and waits until it has. */
  close(): Promise<void>
}

export interface Asked {
  readonly action: ActionName
  readonly search: EventSearch
  readonly what: string
  readonly actor: string
  readonly ratePerSecond: number | undefined
}

const MOST_AT_ONCE = 4
/** The audit log has them all; these are remembered for those who watch. */
const MOST_REMEMBERED = 100

/** Nobody's browser has to stay open: a run goes on in this process, and ends with it. */
export function createRuns(pipeline: Pipeline, log: Logger, now: () => number): Runs {
  const runs = new Map<string, Run>()
  const underWay = new Map<string, { readonly stop: AbortController; readonly ended: Promise<void> }>()

  const change = (id: string, changed: Partial<Run>): void => {
    const run = runs.get(id)
    if (run) runs.set(id, { ...run, ...changed })
  }

  async function carryOut(id: string, { action, search, actor, ratePerSecond }: Asked, stop: AbortSignal) {
    const onProgress = (done: number, total: number) => change(id, { done, total })
    const options = { actor, dryRun: false, stop, onProgress }
    try {
      const summary =
        action === 'replay'
          ? { replayed: await replay(pipeline, search, { ...options, ratePerSecond }) }
          : { discarded: await discard(pipeline, search, options) }
      const isStopped = (summary.replayed ?? summary.discarded)?.isStopped
      change(id, { ...summary, state: isStopped ? 'stopped' : 'ended' })
      log.info({ run: id, action, actor, ...(summary.replayed ?? summary.discarded) }, 'run.ended')
    } catch (error) {
      change(id, { state: 'failed' })
      log.error({ run: id, action, actor, error }, 'run.failed')
    } finally {
      underWay.delete(id)
    }
  }

  return {
    start(asked) {
      if (underWay.size >= MOST_AT_ONCE) return undefined
      const id = randomBytes(9).toString('base64url')
      const { action, actor, what } = asked
      const run: Run = { id, action, actor, what, startedAt: now(), done: 0, total: 0, state: 'running' }
      runs.set(id, run)
      if (runs.size > MOST_REMEMBERED) runs.delete(runs.keys().next().value!)
      const stop = new AbortController()
      underWay.set(id, { stop, ended: carryOut(id, asked, stop.signal) })
      return run
    },
    get: (id) => runs.get(id),
    stop: (id) => underWay.get(id)?.stop.abort(),
    async close() {
      const all = [...underWay.values()]
      for (const { stop } of all) stop.abort()
      await Promise.all(all.map(({ ended }) => ended))
    },
  }
}
