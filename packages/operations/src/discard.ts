import { recordAction } from '@rollcall/mirror/audit-log'
import { discardFailures } from '@rollcall/mirror/discard-failures'
import { countEvents, type EventSearch } from '@rollcall/mirror/event-search'
import { describeSearch } from './describe-search.ts'
import type { Pipeline } from './pipeline.ts'
import { selectedIds } from './selected-ids.ts'

export interface DiscardOptions {
  readonly actor: string
  readonly dryRun: boolean
  readonly stop?: AbortSignal | undefined
  readonly onProgress?: ((done: number, total: number) => void) | undefined
}

export interface DiscardSummary {
  readonly selected: number
  /** Failures that are given up, or would be. */
  readonly discarded: number
  readonly isStopped: boolean
}

/**
 * Gives failures up [Y3]: their jobs leave the queue's failed set, and their bodies the ledger. What has not failed is left
 * as it is. A message that Clerk delivers again afterwards runs as ever.
 */
export async function discard(
  pipeline: Pipeline,
  search: EventSearch,
  options: DiscardOptions,
): Promise<DiscardSummary> {
  const { mirror, queue } = pipeline
  const meant: EventSearch = { ...search, failed: true, to: search.to ?? new Date() }
  const total = await countEvents(mirror.db, meant)
  if (options.dryRun) return { selected: total, discarded: total, isStopped: false }

  let selected = 0
  let discarded = 0
  try {
    for await (const ids of selectedIds(mirror, meant)) {
      if (options.stop?.aborted) break
      // The queue first: where it is away, the ledger still says what is to be done.
      await queue.removeFailed(ids)
      discarded += (await discardFailures(mirror.db, ids)).length
      selected += ids.length
      options.onProgress?.(selected, Math.max(total, selected))
    }
  } finally {
    if (selected > 0)
      await recordAction(mirror.db, {
        actor: options.actor,
        action: 'discard',
        selection: describeSearch(search),
        result: { selected, discarded },
      })
  }
  return { selected, discarded, isStopped: options.stop?.aborted === true && selected < total }
}
