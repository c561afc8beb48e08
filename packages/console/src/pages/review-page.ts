import type { ActionName } from '../actions/runs.ts'
import type { Selection } from '../actions/selection.ts'
import { html, type Markup } from './html.ts'
import { type Frame, page } from './layout.ts'
import { formTokenField, plural } from './parts.ts'

/** What is about to be done, and to how many: nothing has happened yet. */
export interface Review {
  readonly action: ActionName
  readonly selection: Selection
  readonly count: number
  /** Which they are, in words. */
  readonly what: string
}

const WORDS: Record<ActionName, { readonly verb: string; readonly explains: string }> = {
  replay: {
    verb: 'Replay',
    explains:
      'Their kept bodies are put on the queue again, and handlers that gave up are due at once. What was applied meanwhile stays as it is: the newer version wins.',
  },
  discard: {
    verb: 'Discard',
    explains:
      'They are given up: they leave the lists of failures, their jobs leave the queue and their bodies the ledger. This cannot be undone here; Clerk can still send a message again.',
  },
}

export function reviewPage(frame: Frame, { action, selection, count, what }: Review): string {
  const { verb, explains } = WORDS[action]
  return page(
    frame,
    html`
      <p class="trail"><a href="/failed">Failed</a></p>
      <h1>${verb} ${plural(count, 'event')}?</h1>
      <p class="lead">${what}</p>
      <p>${explains}</p>
      <form method="post" action="/runs" class="stack">
        ${formTokenField(frame.visitor.formToken)} ${selectionFields(selection)}
        ${
          action === 'replay' &&
          html`<div>
            <label for="rate">At most so many a second</label>
            <input id="rate" name="rate" type="number" min="1" max="10000" placeholder="as fast as they go" />
          </div>`
        }
        <div class="buttons">
          <button class=${action === 'discard' ? 'danger' : 'primary'} name="action" value=${action} autofocus>
            ${verb} ${plural(count, 'event')}
          </button>
          <a class="button quiet" href="/failed">Leave it</a>
        </div>
      </form>
    `,
  )
}

const selectionFields = (selection: Selection): Markup | readonly Markup[] =>
  selection.kind === 'group'
    ? html`<input type="hidden" name="group" value=${selection.key} />`
    : selection.ids.map((id) => html`<input type="hidden" name="id" value=${id} />`)
