import type { Retention } from '@rollcall/config/settings'
import type { Mirror } from '@rollcall/mirror/database'
import { dropOldBodies, removeOldEvents } from '@rollcall/mirror/retention'
import { pause } from '@rollcall/shared/deadline'

export interface Upkeep {
  close(): Promise<void>
}

/** What is removed is days old; a minute sooner or later is nothing. */
const EVERY_MS = 60_000

/** Between two batches, so that upkeep takes a small share of Postgres, however much there is to remove. */
const PAUSE_MS = 100

/**
 * Keeps the ledger from growing for ever [D4]. Every worker does it: batches are small, skip what another holds, and find
 * nothing where another was faster.
 */
export function startUpkeep(options: {
  mirror: Mirror
  retention: Retention
  onError: (error: Error) => void
}): Upkeep {
  const { db, schema } = options.mirror
  const { eventDays, bodyDays } = options.retention
  const stop = new AbortController()

  async function clear(removeBatch: () => Promise<boolean>): Promise<void> {
    while (!stop.signal.aborted && (await removeBatch())) await pause(PAUSE_MS, stop.signal)
  }

  async function run(): Promise<void> {
    while (!stop.signal.aborted) {
      try {
        await clear(() => removeOldEvents(db, schema, eventDays))
        if (bodyDays < eventDays) await clear(() => dropOldBodies(db, schema, bodyDays))
      } catch (error) {
        options.onError(error as Error)
      }
      await pause(EVERY_MS, stop.signal)
    }
  }

  const running = run()
  return {
    async close() {
      stop.abort()
      await running
    },
  }
}
