import { maskText } from '../masking/mask-text.ts'
import { html, type Markup } from './html.ts'

/** A moment to the millisecond, for reading and for copying. */
export function moment(at: Date | null | undefined): Markup | string {
  if (!at) return '—'
  const iso = at.toISOString()
  return html`<time datetime=${iso}>${iso.slice(0, 10)} <b>${iso.slice(11, 19)}</b><small>${iso.slice(19, 23)}</small></time>`
}

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
] as const

/** A span of time in its two largest units, `3 h 12 min`. */
export function span(milliseconds: number): string {
  if (milliseconds < 1_000) return `${Math.max(0, Math.round(milliseconds))} ms`
  if (milliseconds < 10_000) return `${(milliseconds / 1_000).toFixed(1)} s`
  const first = UNITS.findIndex(([, size]) => milliseconds >= size)
  let left = milliseconds
  return UNITS.slice(first, first + 2)
    .map(([unit, size]) => {
      const count = Math.floor(left / size)
      left -= count * size
      return count > 0 ? `${count} ${unit}` : ''
    })
    .filter(Boolean)
    .join(' ')
}

/** The same in its largest unit alone. */
export const shortSpan = (milliseconds: number): string => span(milliseconds).replace(/^(\S+ \S+) .*$/, '$1')

/** How long ago something was, with the moment for whoever points at it. */
export const ago = (at: Date, now: number): Markup =>
  html`<time datetime=${at.toISOString()} title=${at.toISOString()}>${shortSpan(now - at.getTime())} ago</time>`

const THOUSANDS = new Intl.NumberFormat('en')
export const count = (value: number): string => THOUSANDS.format(value)
export const plural = (value: number, one: string, many = `${one}s`): string =>
  `${count(value)} ${value === 1 ? one : many}`

/** A state in a word, by its colour, too. */
export const badge = (word: string): Markup => html`<span class=${`badge ${word}`}>${word}</span>`

export const eventLink = (id: string): Markup =>
  html`<a class="id" title=${id} href=${`/events/${encodeURIComponent(id)}`}>${id}</a>`

export const entityLink = (id: string | null): Markup | string =>
  id === null ? '—' : html`<a class="id" title=${id} href=${`/entities/${encodeURIComponent(id)}`}>${id}</a>`

/** Errors hold what servers answered: the code first, in its own letters. */
export function errorText(error: string): Markup {
  const [, code, sentence] = /^(\w+): (.*)$/s.exec(error) ?? []
  return code === undefined || sentence === undefined
    ? html`<span class="error">${maskText(error)}</span>`
    : html`<span class="error"><code>${code}</code> ${maskText(sentence)}</span>`
}

/** Names and what they stand for, one below the other. What is undefined is left out. */
export const facts = (pairs: readonly (readonly [name: string, value: unknown])[]): Markup => html`
  <dl class="facts">
    ${pairs
      .filter(([, value]) => value !== undefined && value !== null)
      .map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}
  </dl>
`

export interface Column<Row> {
  readonly label: string
  readonly isNumber?: boolean
  readonly cell: (row: Row) => unknown
}

/** A table; on a phone each row is a card in which every value has its column's name beside it. */
export const table = <Row>(caption: string, columns: readonly Column<Row>[], rows: readonly Row[]): Markup => html`
  <table>
    <caption class="unseen">${caption}</caption>
    <thead>
      <tr>${columns.map(({ label, isNumber }) => html`<th scope="col" class=${isNumber ? 'number' : undefined}>${label}</th>`)}</tr>
    </thead>
    <tbody>
      ${rows.map(
        (row) =>
          html`<tr>
            ${columns.map(
              ({ label, isNumber, cell }) =>
                html`<td data-label=${label} class=${isNumber ? 'number' : undefined}>${cell(row)}</td>`,
            )}
          </tr>`,
      )}
    </tbody>
  </table>
`

/** The token without which no form does anything. */
export const formTokenField = (formToken: string): Markup =>
  html`<input type="hidden" name="form" value=${formToken} />`

export const nothingHere = (text: unknown): Markup => html`<p class="empty">${text}</p>`
