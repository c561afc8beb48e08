import { retryHandlers } from '@rollcall/mirror/handling'
import { keptMessages } from '@rollcall/mirror/kept-messages'
import { fromPostgres } from '@rollcall/mirror/postgres-errors'
import type { Pipeline } from './pipeline.ts'
import { OBSTACLES, type Obstacle, type Remedy, remedyFor } from './remedy.ts'

/** What was done for a message. */
export interface Retried {
  readonly id: string
  readonly ran: 'event' | 'handler' | null
  /** Why nothing was; `gone_meanwhile`: somebody else retried or erased it at this moment. */
  readonly because: Obstacle | 'gone_meanwhile' | null
}

/** Sentences for people, by what stood in the way. */
export const REASONS: Readonly<Record<NonNullable<Retried['because']>, string>> = {
  ...OBSTACLES,
  gone_meanwhile: 'Somebody else retried or erased it at this moment.',
}

/**
 * Runs messages again, and answers for each, in the order given. Events go on the queue, which retries their failed jobs or
 * adds them anew [Q2] [Y1], the former also where the ledger keeps their bodies no more; handlers are due at once [H3]. A dry run tells what would be done. Throws where the queue or
 * Postgres is away.
 */
export async function runAgain(
  { mirror, queue }: Pipeline,
  ids: readonly string[],
  isDryRun: boolean,
): Promise<readonly Retried[]> {
  const kept = await keptMessages(mirror.db, ids).catch(rethrow)
  const remedies = ids.map((id) => [id, remedyFor(kept.get(id))] as const)
  const events = remedies.flatMap(([, remedy]) => (remedy.run === 'event' ? [remedy.delivery] : []))
  const handlers = remedies.flatMap(([id, remedy]) => (remedy.run === 'handler' ? [id] : []))
  const jobs = remedies.flatMap(([id, remedy]) => (remedy.run === 'job' ? [id] : []))
  if (isDryRun) {
    const held = jobs.length > 0 ? await queue.failedAmong(jobs) : []
    return remedies.map(([id, remedy]) => answer(id, remedy, handlers, held))
  }

  // The queue first: if it is away, nothing has been done and all can be tried again.
  if (events.length > 0) await queue.add(events)
  const retried = jobs.length > 0 ? await queue.retryFailed(jobs) : []
  const due = handlers.length > 0 ? await retryHandlers(mirror.db, handlers).catch(rethrow) : []
  return remedies.map(([id, remedy]) => answer(id, remedy, due, retried))
}

const rethrow = (error: unknown): never => {
  throw fromPostgres(error)
}

function answer(id: string, remedy: Remedy, due: readonly string[], retried: readonly string[]): Retried {
  switch (remedy.run) {
    case 'event':
      return { id, ran: 'event', because: null }
    case 'handler':
      return due.includes(id) ? { id, ran: 'handler', because: null } : { id, ran: null, because: 'gone_meanwhile' }
    case 'job':
      return retried.includes(id) ? { id, ran: 'event', because: null } : { id, ran: null, because: 'body_gone' }
    case 'nothing':
      return { id, ran: null, because: remedy.because }
  }
}
