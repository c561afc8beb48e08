import type { LoggedAction } from '@rollcall/mirror/audit-log'
import type { Reading, Seen, Watch } from '../overview/watch.ts'
import { actionsTable } from './audit-page.ts'
import { html, type Markup } from './html.ts'
import { type Frame, page } from './layout.ts'
import { figures } from './overview-figures.ts'
import { formTokenField, nothingHere } from './parts.ts'

export interface Overview {
  readonly seen: Seen
  readonly actions: readonly LoggedAction[] | undefined
  readonly backend: 'redis' | 'postgres'
  readonly now: number
}

export const overviewPage = (frame: Frame, { seen, actions, backend, now }: Overview): string =>
  page(
    frame,
    html`
      <div class="headline">
        <h1>Overview</h1>
        ${queueSwitch(seen.queue, frame.visitor.formToken)}
      </div>
      ${problems(seen)}
      <dl class="figures">
        ${figures(seen, now, backend).map(
          ({ name, label, text, href, note, tone }) =>
            html`<div class=${tone}>
              <dt>${label}</dt>
              <dd>
                ${href === undefined ? html`<span data-figure=${name}>${text}</span>` : html`<a data-figure=${name} href=${href}>${text}</a>`}
                <small>${note}</small>
              </dd>
            </div>`,
        )}
      </dl>
      <section class="charts" aria-label="The last hour">
        ${CHARTS.map(
          ([name, label, unit]) =>
            html`<figure data-chart=${name}>
              <figcaption>${label} <small>${unit}</small></figcaption>
              <div class="plot"></div>
            </figure>`,
        )}
      </section>
      <noscript><p class="notice">The charts need JavaScript. Everything else works without.</p></noscript>
      <section>
        <h2>What people did last</h2>
        ${
          actions === undefined
            ? nothingHere('The database does not answer.')
            : actions.length === 0
              ? nothingHere('Nobody has replayed, discarded, paused or resumed anything yet.')
              : html`${actionsTable(actions)}<p><a href="/audit">All of it</a></p>`
        }
      </section>
    `,
  )

const CHARTS = [
  ['depth', 'On the queue', 'jobs'],
  ['throughput', 'Settled', 'events per second'],
  ['lag', 'From Clerk to the commit', 'logarithmic'],
  ['failures', 'Failed', 'events in 5 s'],
] as const

/** What does not answer is said once, above figures that may be old. */
function problems({ queue, unfinished }: Seen): Markup | undefined {
  if (!queue.hasFailed && !unfinished.hasFailed) return undefined
  const areBoth = queue.hasFailed && unfinished.hasFailed
  const who = areBoth ? 'The queue and the database do' : queue.hasFailed ? 'The queue does' : 'The database does'
  return html`<p class="notice bad" role="status">
    ${who} not answer. What you see was true when ${areBoth ? 'they' : 'it'} last did.
  </p>`
}

function queueSwitch(
  { value }: Reading<NonNullable<ReturnType<Watch['seen']>['queue']['value']>>,
  formToken: string,
): Markup {
  if (!value) return html`<p class="state"><span class="badge">unknown</span></p>`
  const { isPaused } = value
  return html`<form class="state" method="post" action=${isPaused ? '/queue/resume' : '/queue/pause'}>
    ${formTokenField(formToken)}
    <span class=${isPaused ? 'badge paused' : 'badge running'} data-figure="state">${isPaused ? 'paused' : 'running'}</span>
    <button>${isPaused ? 'Resume the queue' : 'Pause the queue'}</button>
  </form>`
}
