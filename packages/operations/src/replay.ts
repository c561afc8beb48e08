import { recordAction } from '@rollcall/mirror/audit-log'
import { countEvents, type EventSearch } from '@rollcall/mirror/event-search'
import { pause } from '@rollcall/shared/deadline'
import { describeSearch } from './describe-search.ts'
import type { Pipeline } from './pipeline.ts'
import { type Retried, runAgain } from './run-again.ts'
import { isOnlyIds, selectedIds } from './selected-ids.ts'

export interface ReplayOptions {
  /** Who does it, for the audit log. */
  readonly actor: string
  readonly dryRun: boolean
  /** At most so many a second; as fast as the queue takes them, where none is given. */
  readonly ratePerSecond?: number | undefined
  readonly stop?: AbortSignal | undefined
  readonly onProgress?: ((done: number, total: number) => void) | undefined
  /** Told of each message, in steps. */
  readonly onRetried?: ((retried: readonly Retried[]) => void) | undefined
}

export interface ReplaySummary {
  /** Messages that were looked at. */
  readonly selected: number
  /** Events that are on the queue again, or would be. */
  readonly events: number
  /** Handlers that are due again, or would be. */
  readonly handlers: number
  /** How many nothing could be done for, by why. */
  readonly unplayable: Readonly<Partial<Record<NonNullable<Retried['because']>, number>>>
  /** Whether it was told to stop before it had come to the end. */
  readonly isStopped: boolean
}

/**
 * Runs all that is meant again [Y1]. Events are put on the queue with the bodies that the ledger has kept, so that it does
 * not matter what has become of the queue; what they change, the guard decides [Y2]. Written down in the audit log, also
 * where it fails on the way [Y4].
 */
export async function replay(pipeline: Pipeline, search: EventSearch, options: ReplayOptions): Promise<ReplaySummary> {
  const areNamed = isOnlyIds(search)
  // What is settled after this moment was not meant, what is replayed here among it.
  const meant = areNamed ? search : { ...search, to: search.to ?? new Date() }
  const total = areNamed ? new Set(search.ids).size : await countEvents(pipeline.mirror.db, meant)
  const summary = {
    selected: 0,
    events: 0,
    handlers: 0,
    unplayable: new Map<NonNullable<Retried['because']>, number>(),
  }
  const startedAt = performance.now()

  function count(retried: readonly Retried[]): void {
    summary.selected += retried.length
    for (const { ran, because } of retried) {
      if (ran === 'event') summary.events++
      if (ran === 'handler') summary.handlers++
      if (because) summary.unplayable.set(because, (summary.unplayable.get(because) ?? 0) + 1)
    }
  }

  /** Waits until so many may have been done. */
  async function pace(): Promise<void> {
    if (options.ratePerSecond === undefined) return
    const dueMs = (summary.selected / options.ratePerSecond) * 1_000
    await pause(Math.max(0, startedAt + dueMs - performance.now()), options.stop ?? NEVER)
  }

  const ended = (isStopped: boolean): ReplaySummary => ({
    ...summary,
    unplayable: Object.fromEntries(summary.unplayable),
    isStopped,
  })
  let isStopped = false
  try {
    for await (const ids of selectedIds(pipeline.mirror, meant)) {
      for (const step of stepsOf(ids, options.ratePerSecond)) {
        if (options.stop?.aborted) break
        const retried = await runAgain(pipeline, step, options.dryRun)
        count(retried)
        options.onRetried?.(retried)
        options.onProgress?.(summary.selected, Math.max(total, summary.selected))
        await pace()
      }
      if (options.stop?.aborted) break
    }
    isStopped = options.stop?.aborted === true && summary.selected < total
  } finally {
    if (!options.dryRun && summary.selected > 0) {
      const { isStopped: _, ...result } = ended(isStopped)
      await recordAction(pipeline.mirror.db, {
        actor: options.actor,
        action: 'replay',
        selection: describeSearch(search),
        result,
      })
    }
  }
  return ended(isStopped)
}

const NEVER = new AbortController().signal

/** With a rate, steps of a tenth of a second's worth at the most, so that they do not come in bursts. */
function* stepsOf(ids: readonly string[], ratePerSecond: number | undefined): Generator<readonly string[]> {
  const size = ratePerSecond === undefined ? ids.length : Math.max(1, Math.floor(ratePerSecond / 10))
  for (let i = 0; i < ids.length; i += size) yield ids.slice(i, i + size)
}
