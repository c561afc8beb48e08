import { createBatcher } from '@rollcall/shared/batcher'
import { Job, UnrecoverableError, type Worker } from 'bullmq'
import type { Cluster, Redis } from 'ioredis'
import type { JobEnd } from './delivery-job.ts'
import { finishJobs } from './finish-jobs.ts'

/** The jobs that a worker has in hand: it keeps their locks, and tells the queue how they ended. */
export interface HeldJobs {
  readonly count: number
  has(id: string): boolean
  hold(id: string): void
  /** Resolves when the queue knows. Never rejects: what the queue is not told it hands out again, as a duplicate. */
  end(id: string, ended: JobEnd): Promise<void>
  /** Keeps no locks any more. */
  close(): void
}

/** One step that removes 500 jobs takes Redis some 5 ms. */
const MOST_FINISHED = 500

/** While one step is under way the next one fills. */
const FINISHES_IN_FLIGHT = 2

/** How often within a lock's life it is renewed: two renewals may go amiss. */
const RENEWALS_A_LOCK = 3

export function holdJobs(
  client: Redis | Cluster,
  worker: Worker,
  options: { readonly token: string; readonly lockMs: number; readonly onError: (error: Error) => void },
): HeldJobs {
  const { token, lockMs, onError } = options
  /** When each was locked last, in milliseconds of a clock that only runs forward. */
  const lockedAt = new Map<string, number>()
  const everyMs = lockMs / RENEWALS_A_LOCK

  async function renew(): Promise<void> {
    const now = performance.now()
    const due = [...lockedAt].filter(([, at]) => at <= now - everyMs / 2).map(([id]) => id)
    if (due.length === 0) return
    for (const id of due) lockedAt.set(id, now)
    const tokens = due.map(() => token)
    const lost = await worker.extendJobLocks(due, tokens, lockMs)
    // One that ended meanwhile has no lock to renew.
    const missing = lost.filter((id) => lockedAt.has(id))
    if (missing.length > 0) onError(lockLost(missing.length, lockMs))
  }

  const renewing = setInterval(() => {
    renew().catch((thrown) => onError(thrown as Error))
  }, everyMs)

  async function finish(ids: readonly string[]): Promise<void> {
    const lost = await finishJobs(client, (name) => worker.toKey(name), token, ids)
    if (lost > 0) onError(lockLost(lost, lockMs))
  }

  const finishing = createBatcher<string, void>({
    maxItems: MOST_FINISHED,
    maxInFlight: FINISHES_IN_FLIGHT,
    async flush(ids) {
      await finish(ids).catch(onError)
      return ids.map(() => ({ status: 'fulfilled', value: undefined }))
    },
  })

  async function tell(id: string, ended: JobEnd): Promise<void> {
    if (ended.end === 'completed') return finishing.submit(id)
    const job = await Job.fromId(worker, id)
    if (!job) throw new Error(`Job ${id} was removed while a worker had it in hand.`)
    switch (ended.end) {
      case 'returned':
        await job.moveToWait(token)
        return
      case 'postponed':
        await job.moveToFailed(ended.error, token)
        return
      case 'failed':
        await job.moveToFailed(new UnrecoverableError(ended.error.message), token)
        return
    }
  }

  return {
    get count() {
      return lockedAt.size
    },
    has: (id) => lockedAt.has(id),
    hold(id) {
      lockedAt.set(id, performance.now())
    },
    async end(id, ended) {
      try {
        await tell(id, ended)
      } catch (thrown) {
        onError(thrown as Error)
      } finally {
        lockedAt.delete(id)
      }
    },
    close() {
      clearInterval(renewing)
    },
  }
}

const lockLost = (count: number, lockMs: number) =>
  new Error(
    `${count} jobs outlasted their locks of ${lockMs} ms; another worker takes them up again, unless the queue has lost them`,
  )
