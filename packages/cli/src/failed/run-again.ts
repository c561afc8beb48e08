import { retryHandlers } from '@rollcall/mirror/handling'
import { keptMessages } from '@rollcall/mirror/kept-messages'
import { locateQueue } from '@rollcall/queue/open-queue'
import type { InstallationConfig } from '../installation-config.ts'
import { withMirror } from '../with-mirror.ts'
import { withQueue } from '../with-queue.ts'
import { type Remedy, remedyFor } from './remedy.ts'

/** What was done for a message, and a sentence that says so, or says why nothing was. */
export interface Retried {
  readonly id: string
  readonly retried: 'event' | 'handler' | null
  readonly message: string
}

/**
 * Runs failed messages again, and answers for each, in the order given. Events go on the queue, which retries their failed
 * jobs or adds them anew [Q2]; handlers are due at once [H3]. Throws where the queue or Postgres is away.
 */
export async function runAgain(config: InstallationConfig, ids: readonly string[]): Promise<readonly Retried[]> {
  return withMirror(config, async ({ db }) => {
    const kept = await keptMessages(db, ids)
    const remedies = ids.map((id) => [id, remedyFor(kept.get(id))] as const)

    const deliveries = remedies.flatMap(([, remedy]) => (remedy.run === 'event' ? [remedy.delivery] : []))
    // The queue first: if it is away, nothing has been done and all can be tried again.
    if (deliveries.length > 0) await withQueue(locateQueue(config), (queue) => queue.add(deliveries))
    const due = await retryHandlers(
      db,
      remedies.flatMap(([id, remedy]) => (remedy.run === 'handler' ? [id] : [])),
    )
    return remedies.map(([id, remedy]) => answer(id, remedy, due))
  })
}

function answer(id: string, remedy: Remedy, due: readonly string[]): Retried {
  switch (remedy.run) {
    case 'event':
      return { id, retried: 'event', message: 'its event is on the queue again.' }
    case 'handler':
      return due.includes(id)
        ? { id, retried: 'handler', message: 'its handler is due again.' }
        : { id, retried: null, message: 'somebody else retried or erased it at this moment.' }
    case 'nothing':
      return { id, retried: null, message: `${remedy.because}.` }
  }
}
