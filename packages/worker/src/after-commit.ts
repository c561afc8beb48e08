import type { Settlement } from '@rollcall/mirror/apply'
import type { Mirror } from '@rollcall/mirror/database'
import { erasedFailures } from '@rollcall/mirror/erase-bodies'
import { fromPostgres } from '@rollcall/mirror/postgres-errors'
import type { JobQueue } from '@rollcall/queue/job-queue'
import type { Catalog } from '@rollcall/resources/catalog'

type Settled = PromiseSettledResult<Settlement>

/**
 * What is done once a batch is committed, and before its jobs are told to have ended: handlers are woken, and whoever is
 * erased leaves the queue as well [T7]. Where that is not possible now, the deletion is not settled: it comes again, as a duplicate that erases
 * again, until nothing is left.
 */
export function createAfterCommit(options: {
  mirror: Mirror
  catalog: Catalog
  queue: JobQueue
  handledTypes: ReadonlySet<string>
  onHandlersDue: () => void
}): (settled: readonly Settled[]) => Promise<readonly Settled[]> {
  const { mirror, catalog, queue, handledTypes } = options

  async function eraseJobs(entities: readonly string[]): Promise<void> {
    const messageIds = await erasedFailures(mirror.db, mirror.schema, catalog, entities).catch((error) => {
      throw fromPostgres(error)
    })
    if (messageIds.length > 0) await queue.removeFailed(messageIds)
  }

  return async (settled) => {
    if (settled.some((result) => result.status === 'fulfilled' && handledTypes.has(result.value.type ?? ''))) {
      options.onHandlersDue()
    }
    const erased = settled.flatMap((result) => (erases(result) ? [result.value.entityId!] : []))
    if (erased.length === 0) return settled
    try {
      await eraseJobs(erased)
      return settled
    } catch (reason) {
      return settled.map((result): Settled => (erases(result) ? { status: 'rejected', reason } : result))
    }
  }
}

const erases = (result: Settled): result is PromiseFulfilledResult<Settlement> =>
  result.status === 'fulfilled' && result.value.erases
