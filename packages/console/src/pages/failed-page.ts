import type { FailureGroup } from '@rollcall/mirror/failure-groups'
import { cursorOf, type FoundEvent, formatCursor } from '@rollcall/mirror/search-events'
import { keyOfGroup } from '../actions/selection.ts'
import { html, type Markup } from './html.ts'
import { type Frame, page } from './layout.ts'
import {
  ago,
  count,
  entityLink,
  errorText,
  eventLink,
  formTokenField,
  moment,
  nothingHere,
  plural,
  table,
} from './parts.ts'

export function failedPage(frame: Frame, groups: readonly FailureGroup[], now: number): string {
  const total = groups.reduce((sum, group) => sum + group.count, 0)
  return page(
    frame,
    html`
      <h1>Failed</h1>
      ${
        groups.length === 0
          ? nothingHere('Nothing has failed that somebody has not replayed or discarded.')
          : html`
              <p class="lead">
                ${plural(total, 'failure')} in ${plural(groups.length, 'group')}. What fails alike mostly has one cause: mend
                that, then replay the group. Replaying what was applied meanwhile changes nothing.
              </p>
              ${table(
                'Failures by error',
                [
                  { label: 'Failures', isNumber: true, cell: (group) => html`<b>${count(group.count)}</b>` },
                  { label: 'Error', cell: ({ errorGroup }) => errorText(errorGroup) },
                  { label: 'Type', cell: ({ type, what }) => typeMarkup(type, what) },
                  { label: 'Newest', cell: ({ newest }) => ago(newest, now) },
                  { label: 'Oldest', cell: ({ oldest }) => ago(oldest, now) },
                  {
                    label: 'Do',
                    cell: (group) => html`<div class="buttons">
                      <a class="button quiet" href=${`/failed/${keyOfGroup(group)}`}
                        >Look<span class="unseen"> at ${group.type} failures</span></a
                      >
                      ${reviewForm(group, frame.visitor.formToken)}
                    </div>`,
                  },
                ],
                groups,
              )}
            `
      }
    `,
  )
}

const typeMarkup = (type: string | null, what: FailureGroup['what']): Markup => html`<span class="badges">
  ${type ?? html`<i>not an event of Clerk's</i>`} ${what === 'handler' && html`<span class="badge handler failed">its handler</span>`}
</span>`

const reviewForm = (group: FailureGroup, formToken: string): Markup => html`<form method="post" action="/review">
  ${formTokenField(formToken)}
  <input type="hidden" name="group" value=${keyOfGroup(group)} />
  <button name="action" value="replay">Replay all…</button>
</form>`

/** The failures of one group, of which some can be picked. */
export function failedGroupPage(
  frame: Frame,
  { group, events, hasMore }: { group: FailureGroup; events: readonly FoundEvent[]; hasMore: boolean },
): string {
  const key = keyOfGroup(group)
  const last = events.at(-1)
  return page(
    { ...frame, scripts: ['select.js'] },
    html`
      <p class="trail"><a href="/failed">Failed</a></p>
      <div class="headline">
        <h1>${plural(group.count, 'failure')} of ${group.type ?? 'no type'}</h1>
        ${group.what === 'handler' && html`<span class="badge handler failed">its handler</span>`}
      </div>
      <p class="lead">${errorText(group.errorGroup)}</p>
      <form method="post" action="/review" class="buttons">
        ${formTokenField(frame.visitor.formToken)}
        <input type="hidden" name="group" value=${key} />
        <button class="primary" name="action" value="replay">Replay all ${count(group.count)}…</button>
        <button class="danger" name="action" value="discard">Discard all ${count(group.count)}…</button>
      </form>
      <form method="post" action="/review" data-selectable>
        ${formTokenField(frame.visitor.formToken)}
        ${table(
          'Failures of the group',
          [
            {
              label: 'Pick',
              cell: ({ id }) => html`<input type="checkbox" name="id" value=${id} aria-label=${`Pick ${id}`} />`,
            },
            { label: 'Settled', cell: ({ applied_at }) => moment(applied_at) },
            { label: 'About', cell: ({ entity_id }) => entityLink(entity_id) },
            { label: 'Message', cell: ({ id }) => eventLink(id) },
            { label: 'Attempts', isNumber: true, cell: (event) => count(attemptsOf(group, event)) },
            { label: 'Error', cell: (event) => errorText(errorOf(group, event) ?? '—') },
          ],
          events,
        )}
        <div class="buttons sticky">
          <button name="action" value="replay">Replay the picked…</button>
          <button class="danger" name="action" value="discard">Discard the picked…</button>
        </div>
      </form>
      <nav class="pages" aria-label="Pages">
        ${hasMore && last && html`<a rel="next" href=${`/failed/${key}?before=${formatCursor(cursorOf(last))}`}>Older</a>`}
      </nav>
    `,
  )
}

const attemptsOf = ({ what }: FailureGroup, event: FoundEvent) =>
  what === 'event' ? event.attempts : event.handler_attempts
const errorOf = ({ what }: FailureGroup, event: FoundEvent) => (what === 'event' ? event.error : event.handler_error)
