import { cursorOf, type FoundEvent, formatCursor } from '@rollcall/mirror/search-events'
import { HANDLINGS, OUTCOMES } from '@rollcall/mirror/tables'
import { documentedEventTypes } from '@rollcall/resources/event-types'
import { type SearchFields, searchAddress } from './event-search.ts'
import { html, type Markup } from './html.ts'
import { type Frame, page } from './layout.ts'
import { badge, type Column, entityLink, errorText, eventLink, moment, nothingHere, table } from './parts.ts'

export function eventsPage(
  frame: Frame,
  { fields, events, hasMore }: { fields: SearchFields; events: readonly FoundEvent[]; hasMore: boolean },
): string {
  const last = events.at(-1)
  return page(
    frame,
    html`
      <h1>Events</h1>
      ${searchForm(fields)}
      ${
        events.length > 0
          ? eventsTable(events)
          : nothingHere(
              html`No event is like this. The ledger knows those that were settled; what waits is on the <a href="/queues">queue</a>.`,
            )
      }
      <nav class="pages" aria-label="Pages">
        ${fields.before && html`<a href=${searchAddress(fields)}>Newest</a>`}
        ${hasMore && last && html`<a rel="next" href=${searchAddress(fields, formatCursor(cursorOf(last)))}>Older</a>`}
      </nav>
    `,
  )
}

const COLUMNS: readonly Column<FoundEvent>[] = [
  { label: 'Settled', cell: ({ applied_at }) => moment(applied_at) },
  { label: 'Type', cell: ({ type }) => type ?? html`<i>not an event of Clerk's</i>` },
  { label: 'About', cell: ({ entity_id }) => entityLink(entity_id) },
  { label: 'Outcome', cell: outcomeBadges },
  { label: 'Message', cell: ({ id }) => eventLink(id) },
  {
    label: 'Error',
    cell: ({ error, handler_error }) => (error ?? handler_error) && errorText((error ?? handler_error)!),
  },
]

export const eventsTable = (events: readonly FoundEvent[]): Markup => table('Events', COLUMNS, events)

/** How it ended, and what has become of its handler. */
export function outcomeBadges(event: Pick<FoundEvent, 'outcome' | 'handling' | 'discarded_at' | 'duplicates'>): Markup {
  const { outcome, handling, discarded_at, duplicates } = event
  return html`<span class="badges">
    ${badge(outcome)}
    ${handling && html`<span class=${`badge handler ${handling}`} title=${`Its handler: ${handling}`}>handler ${handling}</span>`}
    ${discarded_at && badge('discarded')}
    ${duplicates > 0 && html`<span class="badge" title="How often its message came again">+${duplicates}</span>`}
  </span>`
}

const searchForm = (fields: SearchFields): Markup => html`
  <form class="search" action="/events">
    ${field('entity', 'About', fields.entity, 'user_…, org_…')}
    ${field('message', 'Message', fields.message, 'msg_…')}
    <div>
      <label for="type">Type</label>
      <input id="type" name="type" value=${fields.type} list="types" placeholder="user.updated" autocomplete="off" spellcheck=${false} />
      <datalist id="types">${documentedEventTypes.map((type) => html`<option value=${type}></option>`)}</datalist>
    </div>
    ${choice('outcome', 'Outcome', fields.outcome, OUTCOMES)}
    ${choice('handling', 'Handler', fields.handling, HANDLINGS)}
    ${field('error', 'Error code', fields.error, 'row_rejected')}
    ${timeField('from', 'Settled from', fields.from)}
    ${timeField('to', 'Settled before', fields.to)}
    <div class="buttons">
      <button class="primary">Search</button>
      <a class="button quiet" href="/events">Clear</a>
    </div>
  </form>
`

const field = (name: string, label: string, value: string, placeholder: string): Markup => html`<div>
  <label for=${name}>${label}</label>
  <input id=${name} name=${name} value=${value} placeholder=${placeholder} autocomplete="off" spellcheck=${false} />
</div>`

const timeField = (name: string, label: string, value: string): Markup => html`<div class="time">
  <label for=${name}>${label}</label>
  <input id=${name} name=${name} type="datetime-local" step="1" value=${value} />
</div>`

const choice = (name: string, label: string, chosen: string, words: readonly string[]): Markup => html`<div>
  <label for=${name}>${label}</label>
  <select id=${name} name=${name}>
    <option value="">any</option>
    ${words.map((word) => html`<option value=${word} selected=${word === chosen}>${word}</option>`)}
  </select>
</div>`
