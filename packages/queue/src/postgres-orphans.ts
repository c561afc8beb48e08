import { pause } from '@rollcall/shared/deadline'
import type { PostgresQueueBackend } from 'bullmq'
import { giveBack } from './give-back.ts'

/** An answer that is still on its way after an error of another connection is there by then. */
const GRACE_MS = 2_000

/** Postgres may be away still. */
const AGAIN_MS = 1_000

interface Identified {
  readonly id?: string | undefined
}

/** What is needed of BullMQ's worker, whatever its jobs hold. */
interface WatchedWorker {
  readonly id: string
  getBackend(): Pick<PostgresQueueBackend, 'connection' | 'moveJobFromActiveToWait'>
  on(event: 'active' | 'completed', listener: (job: Identified) => void): unknown
  on(event: 'closing', listener: () => void): unknown
  on(event: 'failed', listener: (job: Identified | undefined) => void): unknown
}

/**
 * Gives back the jobs that a worker was handed in an answer that never reached it, as where Postgres was killed between its
 * commit and the answer: locked by the worker, and unknown to it. They would wait until their locks have run out [Q65].
 * Answers what is to be called whenever a connection has broken, with which an answer may have been lost.
 */
export function watchOrphans(worker: WatchedWorker, queue: string): () => void {
  /** When the worker heard of each that it has in hand, as `Date.now` tells it. */
  const heardAt = new Map<string, number>()
  worker.on('active', ({ id }) => heardAt.set(id!, Date.now()))
  worker.on('completed', ({ id }) => heardAt.delete(id!))
  worker.on('failed', (job) => job && heardAt.delete(job.id!))

  const stop = new AbortController()
  worker.on('closing', () => stop.abort())
  /** When the last one broke, while that is being looked into. */
  let brokenAt: number | undefined

  async function returnOrphans(before: number): Promise<void> {
    const backend = worker.getBackend()
    const { pool, schema } = backend.connection
    const askedAt = Date.now()
    const { rows } = await pool.query(
      `select id, lock_token, processed_at_ms from "${schema}".job
       where queue = $1 and state = 'active' and starts_with(lock_token, $2)
       order by seq`,
      [queue, `${worker.id}:`],
    )
    for (const row of rows) {
      if (heardAt.has(row.id) || Number(row.processed_at_ms) > before) continue
      await giveBack(backend, row.id, row.lock_token)
    }
    // What was given back, or whose end nobody answered, is never told to have ended.
    const active = new Set(rows.map((row) => row.id))
    for (const [id, at] of heardAt) if (at < askedAt && !active.has(id)) heardAt.delete(id)
  }

  async function watch(): Promise<void> {
    while (brokenAt !== undefined && !stop.signal.aborted) {
      const before: number = brokenAt
      await pause(GRACE_MS, stop.signal)
      if (brokenAt !== before || stop.signal.aborted) continue
      try {
        await returnOrphans(before)
        if (brokenAt === before) brokenAt = undefined
      } catch {
        await pause(AGAIN_MS, stop.signal) // which connection it was, and why, the worker has told
      }
    }
  }

  return () => {
    const isWatching = brokenAt !== undefined
    brokenAt = Date.now()
    if (!isWatching) void watch()
  }
}
