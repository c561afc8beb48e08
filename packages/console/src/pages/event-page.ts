import type { readEvent } from '@rollcall/mirror/event-detail'
import { maskBody } from '../masking/masked-body.ts'
import { outcomeBadges } from './events-page.ts'
import { explain, remarks } from './explain.ts'
import { html, type Markup } from './html.ts'
import { type Frame, page } from './layout.ts'
import { count, entityLink, facts, formTokenField, moment, span } from './parts.ts'

type Event = NonNullable<Awaited<ReturnType<typeof readEvent>>>

export function eventPage(frame: Frame, event: Event): string {
  const { id, type, entity_id, occurred_at, received_at, applied_at } = event
  return page(
    frame,
    html`
      <p class="trail"><a href="/events">Events</a></p>
      <div class="headline">
        <h1>${type ?? "Not an event of Clerk's"}</h1>
        ${outcomeBadges(event)}
      </div>
      <p class="lead">${explain(event)} ${remarks(event).map((remark) => html`${remark} `)}</p>
      <div class="columns">
        <section>
          <h2>What it is</h2>
          ${facts([
            ['About', entity_id === null ? undefined : html`${entityLink(entity_id)} <small>its timeline</small>`],
            ['Resource', event.resource],
            ['Instance', event.instance_id && html`<span class="id">${event.instance_id}</span>`],
            ['Version', event.version === null ? undefined : moment(new Date(event.version))],
            ['Happened at Clerk', moment(occurred_at)],
            ['Received', html`${moment(received_at)} <small>${later(occurred_at, received_at)}</small>`],
            ['Settled', html`${moment(applied_at)} <small>${later(received_at, applied_at)}</small>`],
            ['Attempts', count(event.attempts)],
            ['Handler', event.handling && `${event.handling}, ${count(event.handler_attempts)} tried`],
            ['Handled', event.handled_at && moment(event.handled_at)],
            ['Handler due', event.handle_at && moment(event.handle_at)],
            ['Came again', event.duplicates > 0 ? `${count(event.duplicates)} times` : undefined],
          ])}
        </section>
        <section>
          <h2>Headers</h2>
          ${facts([
            ['svix-id', html`<span class="id">${id}</span>`],
            [
              'svix-timestamp',
              html`<small>not kept: it says when the attempt was made that was taken, see Received</small>`,
            ],
            ['svix-signature', html`<small>not kept: it was checked, and is of no use afterwards</small>`],
          ])}
          <p>
            <a href="https://dashboard.clerk.com/last-active?path=webhooks" rel="noreferrer">Clerk's dashboard</a> shows the
            attempts of a message under Webhooks, your endpoint, by this id.
          </p>
          ${replayForm(event, frame.visitor.formToken)}
        </section>
      </div>
      <section>
        <h2>Body</h2>
        ${bodyMarkup(event.body)}
      </section>
    `,
  )
}

const later = (from: Date, to: Date): string => {
  const milliseconds = to.getTime() - from.getTime()
  return milliseconds < 0 ? `${span(-milliseconds)} before` : `${span(milliseconds)} later`
}

function replayForm(event: Event, formToken: string): Markup {
  const { id, has_body, outcome, handling, discarded_at } = event
  if (discarded_at)
    return html`<p class="notice">It was given up, and its body is gone: Clerk's dashboard can send it again.</p>`
  if (!has_body && outcome !== 'failed' && handling !== 'failed')
    return html`<p class="notice">Its body is not kept, so it cannot be replayed from here: Clerk's dashboard can send it again.</p>`
  return html`<form class="buttons" method="post" action="/runs">
    ${formTokenField(formToken)}
    <input type="hidden" name="id" value=${id} />
    <button class="primary" name="action" value="replay">Replay</button>
    ${
      (outcome === 'failed' || handling === 'failed') &&
      html`<button class="danger" name="action" value="discard" formaction="/review">Discard…</button>`
    }
  </form>`
}

function bodyMarkup(body: string | null): Markup {
  const masked = maskBody(body)
  switch (masked.kind) {
    case 'none':
      return html`<p class="empty">Not kept. <code>EVENT_BODIES</code> says of which events bodies are.</p>`
    case 'opaque':
      return html`<p class="empty">
        It is not JSON (${count(masked.characters)} characters), so nobody knows where in it the secrets are: it is not shown.
      </p>`
    case 'json':
      return html`
        <pre class="body" tabindex="0">${masked.text}</pre>
        ${masked.isCut && html`<p>It is longer; <code>rollcall failed show</code> has all of it.</p>`}
      `
  }
}
