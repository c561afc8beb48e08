import type { LoggedAction } from '@rollcall/mirror/audit-log'
import type { JsonObject } from '@rollcall/shared/json'
import { mask } from '../masking/mask.ts'
import { html, type Markup } from './html.ts'
import { type Frame, page } from './layout.ts'
import { badge, moment, nothingHere, table } from './parts.ts'

export const auditPage = (frame: Frame, actions: readonly LoggedAction[], limit: number): string =>
  page(
    frame,
    html`
      <h1>Audit</h1>
      <p class="lead">
        What people did to the running pipeline, here and by <code>rollcall</code>: the table
        <code>audit_log</code>, newest first${actions.length === limit && `, the last ${limit}`}.
      </p>
      ${actions.length > 0 ? actionsTable(actions) : nothingHere('Nothing yet.')}
    `,
  )

export const actionsTable = (actions: readonly LoggedAction[]): Markup =>
  table(
    'Actions',
    [
      { label: 'When', cell: ({ at }) => moment(at) },
      { label: 'Who', cell: ({ actor }) => html`<span class="id">${actor}</span>` },
      { label: 'What', cell: ({ action }) => badge(action) },
      { label: 'Which', cell: ({ selection }) => inWords(selection) },
      { label: 'Result', cell: ({ result }) => inWords(result) },
    ],
    actions,
  )

/** A list of ids is told by its length. */
const MOST_NAMED = 3

function inWords(told: JsonObject): Markup {
  const masked = mask(told) as JsonObject
  const pairs = Object.entries(masked).filter(([, value]) => value !== undefined && value !== null)
  if (pairs.length === 0) return html`<span>—</span>`
  return html`<span class="told">
    ${pairs.map(([name, value]) => html`<span><span class="name">${name}</span> ${valueInWords(value)}</span> `)}
  </span>`
}

function valueInWords(value: JsonObject[string]): string {
  if (Array.isArray(value)) {
    const more = value.length - MOST_NAMED
    return `${value.slice(0, MOST_NAMED).join(', ')}${more > 0 ? ` and ${more} more` : ''}`
  }
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
