import type { EventSearch } from '@rollcall/mirror/event-search'
import { OUTCOMES } from '@rollcall/mirror/tables'
import { type Call, choiceOption, countOption, textOption, UsageError } from './command.ts'
import { parseMoment } from './moment.ts'

/** Options by which events are chosen, the same for every command that acts on several. */
export const SELECTION_OPTIONS = {
  entity: { type: 'string' },
  type: { type: 'string', multiple: true },
  error: { type: 'string' },
  from: { type: 'string' },
  to: { type: 'string' },
} as const

export const SELECTION_USAGE =
  '[<message-id>…] [--entity <id>] [--type <event.type>] [--error <code>] [--from <when>] [--to <when>]'

export const SELECTION_HELP = {
  'entity <id>': 'those about this id, `user_…`',
  'type <event.type>': 'those of this type, `user.created`; may be repeated',
  'error <code>':
    'those that failed with this error, `row_rejected`, or with a whole group of them, as the console shows it',
  'from <when>': 'those settled from then on: `2026-11-24T10:00Z`, or so long ago, `90m`, `2d`',
  'to <when>': 'those settled before then',
}

/** The events that a call chooses, or nothing where it chooses none. Whatever is given has to be true of an event. */
export function readSelection(call: Call, now: number): EventSearch | undefined {
  const error = textOption(call, 'error')
  const moment = (option: 'from' | 'to') => {
    const text = textOption(call, option)
    return text === undefined ? undefined : parseMoment(text, option, now)
  }
  const outcome = 'outcome' in call.options ? choiceOption(call, 'outcome', OUTCOMES) : undefined
  const types = call.options.type as readonly string[] | undefined
  const search: EventSearch = {
    ids: call.words.length > 0 ? call.words : undefined,
    entityId: textOption(call, 'entity'),
    types: types?.length ? types : undefined,
    outcomes: outcome && [outcome],
    ...(error !== undefined && (error.includes(':') ? { errorGroup: error } : { errorCode: error })),
    from: moment('from'),
    to: moment('to'),
  }
  if (search.from && search.to && search.from >= search.to)
    throw new UsageError('--from has to be before --to, or there is nothing between them.')
  return Object.values(search).some((value) => value !== undefined) ? search : undefined
}

/** The failures that a call chooses, all where it says `--all`. Throws a `UsageError` where it says neither. */
export function readFailures(call: Call, now: number): EventSearch {
  const chosen = readSelection(call, now)
  if (!chosen && call.options.all !== true)
    throw new UsageError('Say which: message ids, --all, or --entity, --type, --error, --from, --to.')
  return chosen ?? {}
}

/** At most so many events a second; nothing where there is no limit. */
export const readRate = (call: Call): number | undefined =>
  textOption(call, 'rate') === undefined ? undefined : countOption(call, 'rate', 1)
