import { REASONS } from '@rollcall/operations/run-again'
import type { Run } from '../actions/runs.ts'
import { html, type Markup } from './html.ts'
import { type Frame, page } from './layout.ts'
import { count, facts, formTokenField, plural, span } from './parts.ts'

const DOING = { replay: 'Replaying', discard: 'Discarding' } as const
const DONE = { replay: 'Replayed', discard: 'Discarded' } as const

/** How far a replay or discard is, or what came of it. */
export function runPage(frame: Frame, run: Run, now: number): string {
  const { action, state, done, total, what, actor, startedAt } = run
  return page(
    frame,
    html`
      <p class="trail"><a href="/failed">Failed</a></p>
      <div class="headline">
        <h1>${state === 'running' ? DOING[action] : DONE[action]}</h1>
        <span class=${`badge ${state}`}>${state}</span>
      </div>
      <p class="lead">${what}</p>
      <progress value=${state === 'ended' ? 1 : done} max=${state === 'ended' ? 1 : Math.max(total, 1)} aria-label="Progress"></progress>
      <p role="status">${progressText(run, now)}</p>
      ${run.replayed && replayed(run.replayed)}
      ${run.discarded && facts([['Given up', count(run.discarded.discarded)]])}
      <p><small>Begun ${span(now - startedAt)} ago by <span class="id">${actor}</span>.</small></p>
      ${
        state === 'running'
          ? html`<form method="post" action=${`/runs/${run.id}/stop`}>
              ${formTokenField(frame.visitor.formToken)}<button class="danger">Stop</button>
            </form>`
          : html`<p class="buttons">
              <a class="button" href="/failed">What still fails</a> <a class="button" href="/audit">The audit log</a>
            </p>`
      }
    `,
  )
}

function progressText({ state, done, total }: Run, now: number): string | Markup {
  const far = `${count(done)} of ${plural(Math.max(total, done), 'event')}`
  switch (state) {
    case 'running':
      return total === 0
        ? 'Looking for them.'
        : `${far}. This page follows by itself; it may be closed. ${new Date(now).toISOString().slice(11, 19)}`
    case 'ended':
      return `${far}: done.`
    case 'stopped':
      return `${far}: stopped.`
    case 'failed':
      return `${far}. Then the queue or the database did not answer; what was done is done, and the rest can be tried again.`
  }
}

const replayed = ({ events, handlers, unplayable }: NonNullable<Run['replayed']>): Markup => html`
  ${facts([
    ['Events on the queue again', count(events)],
    ['Handlers due again', count(handlers)],
  ])}
  ${Object.entries(unplayable).map(
    ([reason, number]) =>
      html`<p class="notice">${plural(number, 'event')} could not be replayed: ${REASONS[reason as keyof typeof REASONS]}</p>`,
  )}
  ${events > 0 && html`<p>The workers take them up from there: the events that were meant tell how they end.</p>`}
`
