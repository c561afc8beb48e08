import type { EventSearch } from '@rollcall/mirror/event-search'
import { type EventCursor, parseCursor } from '@rollcall/mirror/search-events'
import { HANDLINGS, type Handling, OUTCOMES, type Outcome } from '@rollcall/mirror/tables'

/** What somebody searches events by, as an address holds it: ids and words of ours, never what an event says [X9]. */
export interface SearchFields {
  readonly entity: string
  readonly message: string
  readonly type: string
  readonly outcome: Outcome | ''
  readonly handling: Handling | ''
  readonly error: string
  readonly from: string
  readonly to: string
  readonly before: EventCursor | undefined
}

type Query = Readonly<Record<string, unknown>>

/** No id that Clerk or Svix makes is longer. */
const MOST_LENGTH = 255

const text = (query: Query, name: string): string => {
  const value = query[name]
  return typeof value === 'string' ? value.trim().slice(0, MOST_LENGTH) : ''
}

/** Whatever does not fit is as good as not said. */
export function readSearch(query: Query): SearchFields {
  const outcome = OUTCOMES.find((word) => word === query.outcome)
  const handling = HANDLINGS.find((word) => word === query.handling)
  return {
    entity: text(query, 'entity'),
    message: text(query, 'message'),
    type: text(query, 'type'),
    outcome: outcome ?? '',
    handling: handling ?? '',
    error: text(query, 'error'),
    from: readMoment(text(query, 'from')),
    to: readMoment(text(query, 'to')),
    before: parseCursor(text(query, 'before')),
  }
}

/** As `<input type="datetime-local">` writes it, to be taken as UTC. */
const LOCAL_MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?$/

const readMoment = (written: string): string =>
  LOCAL_MOMENT.test(written) && !Number.isNaN(Date.parse(`${written}Z`)) ? written : ''

const momentOf = (written: string): Date | undefined => (written === '' ? undefined : new Date(`${written}Z`))
const orNothing = (written: string): string | undefined => (written === '' ? undefined : written)

export function searchOf(fields: SearchFields): EventSearch {
  const { entity, message, type, outcome, handling, error, from, to } = fields
  return {
    entityId: orNothing(entity),
    ids: message === '' ? undefined : [message],
    types: type === '' ? undefined : [type],
    outcomes: outcome === '' ? undefined : [outcome],
    handling: handling === '' ? undefined : handling,
    errorCode: orNothing(error),
    from: momentOf(from),
    to: momentOf(to),
  }
}

/** The address of the same search, from another place in its results on. */
export function searchAddress(fields: SearchFields, before?: string): string {
  const { before: _, ...words } = fields
  const parameters = new URLSearchParams(Object.entries(words).filter(([, value]) => value !== ''))
  if (before !== undefined) parameters.set('before', before)
  return parameters.size === 0 ? '/events' : `/events?${parameters}`
}
