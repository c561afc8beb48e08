import type { Visitor } from '../access/visitor.ts'
import { assetUrl } from '../web/assets.ts'
import { html, type Markup, renderPage } from './html.ts'

const SECTIONS = {
  overview: ['/', 'Overview'],
  events: ['/events', 'Events'],
  failed: ['/failed', 'Failed'],
  queue: ['/queues', 'Queue'],
  audit: ['/audit', 'Audit'],
} as const
export type Section = keyof typeof SECTIONS

/** What every page for a visitor has around what it shows. */
export interface Frame {
  readonly title: string
  readonly section?: Section
  readonly visitor: Visitor
  /** Scripts of ours that make more of the page. */
  readonly scripts?: readonly ('uplot.js' | 'overview.js' | 'select.js')[]
}

/** A whole page for somebody who is in. */
export const page = ({ title, section, visitor, scripts = [] }: Frame, body: Markup): string =>
  renderPage(
    document(
      title,
      html`
        <a class="skip" href="#content">Skip to the content</a>
        ${visitor.way === 'loopback' && loopbackNotice}
        <header class="top">
          <a class="brand" href="/"><span class="mark" aria-hidden="true"></span>Rollcall</a>
          <nav aria-label="Sections">
            <ul>
              ${Object.entries(SECTIONS).map(
                ([name, [href, label]]) =>
                  html`<li><a href=${href} aria-current=${name === section ? 'page' : undefined}>${label}</a></li>`,
              )}
            </ul>
          </nav>
          <form class="find" action="/find" role="search">
            <label class="unseen" for="find">Id of a message, a user or anything else</label>
            <input id="find" name="id" type="search" placeholder="msg_… or user_…" required autocomplete="off" spellcheck=${false} />
            <button class="quiet">Find</button>
          </form>
          ${visitorMarkup(visitor)}
        </header>
        <main id="content" tabindex="-1">${body}</main>
        <footer>Times are UTC. Codes, tokens and the like are masked everywhere.</footer>
      `,
      scripts,
    ),
  )

/** A page for somebody who is not in, or for whom nothing is known to be there. */
export const barePage = (title: string, body: Markup): string =>
  renderPage(
    document(
      title,
      html`
        <main id="content" class="bare">
          <p class="brand"><span class="mark" aria-hidden="true"></span>Rollcall</p>
          ${body}
        </main>
      `,
      [],
    ),
  )

const ICON =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Crect width='16' height='16' rx='4' fill='%234f46e5'/%3E%3Cpath d='M4 8.5l2.7 2.7L12 5.6' fill='none' stroke='white' stroke-width='2'/%3E%3C/svg%3E"

const document = (title: string, body: Markup, scripts: NonNullable<Frame['scripts']>): Markup => html`
  <html lang="en">
    <head>
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <meta name="color-scheme" content="light dark" />
      <title>${title} · Rollcall</title>
      <link rel="icon" href=${ICON} />
      <link rel="stylesheet" href=${assetUrl('console.css')} />
      ${scripts.includes('uplot.js') && html`<link rel="stylesheet" href=${assetUrl('uplot.css')} />`}
      ${scripts.map((name) => html`<script src=${assetUrl(name)} defer></script>`)}
    </head>
    <body>${body}</body>
  </html>
`

const loopbackNotice = html`<p class="banner">
  Nobody has to sign in here, so the console answers to this machine only. To reach it from elsewhere, set a way in:
  <code>CONSOLE_TOKEN</code>, <code>CONSOLE_USERNAME</code> and <code>CONSOLE_PASSWORD</code>, or Clerk.
</p>`

const visitorMarkup = ({ actor, canSignOut, formToken, way }: Visitor): Markup | undefined =>
  way === 'loopback'
    ? undefined
    : html`<div class="visitor">
        <span title="Signed in as">${actor}</span>
        ${
          canSignOut &&
          html`<form method="post" action="/sign-out">
            <input type="hidden" name="form" value=${formToken} />
            <button class="quiet">Sign out</button>
          </form>`
        }
      </div>`
