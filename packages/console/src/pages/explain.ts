import type { EventDetail } from '@rollcall/mirror/event-detail'
import { maskText } from '../masking/mask-text.ts'
import { html, type Markup } from './html.ts'
import { errorText, eventLink, moment, plural } from './parts.ts'

/** Why an event ended as it did, in a sentence for somebody who wonders. */
export function explain(event: EventDetail, standsBy?: string | null): Markup {
  switch (event.outcome) {
    case 'applied':
      return event.id === standsBy
        ? html`<span>The row stands as this event left it.</span>`
        : html`<span>Nothing newer stood there when it came.</span>`
    case 'stale':
      return explainStale(event)
    case 'ignored':
      return html`<span>Nothing is mirrored for its type.</span>`
    case 'refused':
      return html`<span>It came from ${event.instance_id ?? 'another instance'}, which is not one of <code>CLERK_INSTANCE_ID</code>.</span>`
    case 'failed':
      return event.error === null ? html`<span>Its error is erased.</span>` : errorText(event.error)
  }
}

function explainStale({ stale_against: against, version }: EventDetail): Markup {
  if (!against) return html`<span>Something as new or newer stood there already.</span>`
  const by = against.event_id === null ? 'a backfill or reconcile' : eventLink(against.event_id)
  if (against.deleted) return html`<span>It was deleted already, by ${by}, and a deletion is final.</span>`
  const isSame = version !== null && against.version === version
  return html`<span>
    ${isSame ? 'The same version' : 'A newer version'} stood there already, of ${moment(new Date(against.version))}, by ${by}.
  </span>`
}

/** What else there is to say of it: that its message came again, and what its handler did. */
export function remarks(event: EventDetail): readonly Markup[] {
  const { duplicates, duplicate_at, handling, handler_error, handler_attempts, discarded_at } = event
  return [
    ...(duplicates > 0
      ? [
          html`<span>Its message came ${plural(duplicates, 'more time')}, last ${moment(duplicate_at)}: nothing changed by that.</span>`,
        ]
      : []),
    ...(handling === 'failed'
      ? [
          html`<span>Its handler gave up after ${plural(handler_attempts, 'attempt')}: ${maskText(handler_error ?? 'its error is erased')}</span>`,
        ]
      : []),
    ...(handling === 'waiting' ? [html`<span>Its handler has not run yet.</span>`] : []),
    ...(discarded_at ? [html`<span>Somebody gave it up, ${moment(discarded_at)}.</span>`] : []),
  ]
}
