import type { Timeline } from '@rollcall/mirror/entity-timeline'
import type { EventDetail } from '@rollcall/mirror/event-detail'
import type { Json } from '@rollcall/shared/json'
import { mask } from '../masking/mask.ts'
import { outcomeBadges } from './events-page.ts'
import { explain, remarks } from './explain.ts'
import { html, type Markup } from './html.ts'
import { type Frame, page } from './layout.ts'
import { badge, eventLink, moment, nothingHere, plural, span } from './parts.ts'

/** An event with its place in the order of occurrence, which the other order is read by. */
interface Placed {
  readonly place: number
  readonly event: EventDetail
}

export function timelinePage(frame: Frame, entityId: string, timeline: Timeline): string {
  const { events, isCut, rows } = timeline
  const placed = events.map((event, i) => ({ place: i + 1, event }))
  const arrived = placed.toSorted((a, b) => a.event.applied_at.getTime() - b.event.applied_at.getTime())
  const standsBy = new Set(rows.map(({ row }) => row.event_id))
  const list = (label: string, time: (event: EventDetail) => Date, items: readonly Placed[]) => html`
    <section>
      <h2>${label}</h2>
      <ol class="timeline">
        ${items.map((each, i) => item(each, time(each.event), standsBy.has(each.event.id), isOutOfOrder(items, i)))}
      </ol>
    </section>
  `
  return page(
    frame,
    html`
      <p class="trail"><a href=${`/events?entity=${encodeURIComponent(entityId)}`}>Events about it</a></p>
      <h1 class="id">${entityId}</h1>
      <p class="lead">
        ${plural(events.length, 'event')}${isCut && ', the newest: there are older ones'}. The greatest version wins, whatever the
        order in which events come.
      </p>
      ${
        events.length > 0
          ? html`<div class="columns">
              ${list('In order of occurrence', (event) => event.occurred_at, placed)}
              ${list('In order of arrival', (event) => event.applied_at, arrived)}
            </div>`
          : nothingHere('No event about it is in the ledger.')
      }
      ${rows.map(
        ({ resource, table, row }) => html`
          <section>
            <h2>The row now</h2>
            <p>
              <code>${table}</code>, of the resource ${resource}${row.deleted_at instanceof Date && html`: ${badge('deleted')} ${moment(row.deleted_at)}`}
            </p>
            <pre class="body" tabindex="0">${JSON.stringify(mask(plainRow(row)), null, 2)}</pre>
          </section>
        `,
      )}
      ${rows.length === 0 && html`<section><h2>The row now</h2>${nothingHere('No mirrored table has a row of this id.')}</section>`}
    `,
  )
}

/** Whether it came after one that happened later. */
const isOutOfOrder = (items: readonly Placed[], i: number): boolean =>
  items.slice(0, i).some(({ place }) => place > items[i]!.place)

const item = ({ place, event }: Placed, at: Date, stands: boolean, isLate: boolean): Markup => html`
  <li class=${stands ? 'stands' : undefined}>
    <p class="when">
      <span class="place" title="Its place in the order of occurrence">${place}</span> ${moment(at)}
      ${isLate && html`<small class="late">came late</small>`}
    </p>
    <p><b>${event.type ?? 'unknown'}</b> ${outcomeBadges(event)}</p>
    <p class="why">${explain(event, stands ? event.id : undefined)}</p>
    ${remarks(event).map((remark) => html`<p class="why">${remark}</p>`)}
    <p class="small">${eventLink(event.id)} <small>settled ${span(event.applied_at.getTime() - event.occurred_at.getTime())} after it happened</small></p>
  </li>
`

/** What the driver answers as JSON has it: times as texts. */
const plainRow = (row: Readonly<Record<string, unknown>>): Json => JSON.parse(JSON.stringify(row)) as Json
