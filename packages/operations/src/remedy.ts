import { deliveryOf, type KeptMessage } from '@rollcall/mirror/kept-messages'
import type { Handling } from '@rollcall/mirror/tables'
import type { Delivery } from '@rollcall/shared/delivery'

/** What can be done for a message that somebody wants to run again. */
export type Remedy =
  | { readonly run: 'event'; readonly delivery: Delivery }
  | { readonly run: 'handler' }
  | { readonly run: 'nothing'; readonly because: string }

const nothing = (because: string): Remedy => ({ run: 'nothing', because })

/** Where a body may have gone. */
const GONE = 'its body is gone: erased with what it was about, or kept longer than its retention'

const HANDLERS: Readonly<Record<Exclude<Handling, 'failed'>, string>> = {
  waiting: ', and its handler waits to run',
  handled: ', and its handler has run',
}

/** Decides from what the ledger holds of a message, which is nothing where there is no such message. */
export function remedyFor(message: KeptMessage | undefined): Remedy {
  if (message === undefined) return nothing('the ledger has no such message')
  const { outcome, handling, body } = message
  if (outcome === 'failed') {
    return body === null
      ? nothing(`${GONE}. Resend the message from Clerk's dashboard`)
      : { run: 'event', delivery: deliveryOf(message, body) }
  }
  if (handling === 'failed') {
    // A resend would not help: the event is settled, so it would be a duplicate, whose handler does not run [D1].
    return body === null ? nothing(`${GONE}. Its handler has nothing to run with`) : { run: 'handler' }
  }
  return nothing(`it has not failed: it ended ${outcome}${handling === null ? '' : HANDLERS[handling]}`)
}
