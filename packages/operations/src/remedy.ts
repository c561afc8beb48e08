import { deliveryOf, type KeptMessage } from '@rollcall/mirror/kept-messages'
import type { Delivery } from '@rollcall/shared/delivery'

/** Why a message cannot be run again. */
export type Obstacle = 'unknown' | 'body_gone' | 'handler_waits' | 'body_not_kept'

/** What can be done for a message that somebody wants to run again. */
export type Remedy =
  | { readonly run: 'event'; readonly delivery: Delivery }
  | { readonly run: 'handler' }
  /** What its job holds, if the queue still has that. */
  | { readonly run: 'job' }
  | { readonly run: 'nothing'; readonly because: Obstacle }

const nothing = (because: Obstacle): Remedy => ({ run: 'nothing', because })

/** A sentence for each obstacle, with what to do where there is something to do. */
export const OBSTACLES: Readonly<Record<Obstacle, string>> = {
  unknown: 'The ledger has no such message. Resend it from Clerk’s dashboard.',
  body_gone:
    'Its body is gone: erased with what it was about, discarded, or kept longer than its retention. Resend an event that failed from Clerk’s dashboard; the handler of a settled event has nothing to run with.',
  handler_waits: 'Its handler waits to run, and will.',
  body_not_kept:
    'It was settled, and bodies of settled events are not kept. EVENT_BODIES=all keeps those that come from then on; `rollcall reconcile` brings its row up to date.',
}

/** Decides from what the ledger holds of a message, which is nothing where there is no such message [Y1]. */
export function remedyFor(message: KeptMessage | undefined): Remedy {
  if (message === undefined) return nothing('unknown')
  const { outcome, handling, body } = message
  // What is settled anew would pull the event from under it.
  if (handling === 'waiting') return nothing('handler_waits')
  if (handling === 'failed') return body === null ? nothing('body_gone') : { run: 'handler' }
  if (body !== null) return { run: 'event', delivery: deliveryOf(message, body) }
  return outcome === 'failed' ? { run: 'job' } : nothing('body_not_kept')
}
