import type { EventSearch } from '@rollcall/mirror/event-search'
import { type LedgerRow, listEvents } from '@rollcall/mirror/list-events'
import { HANDLINGS, OUTCOMES } from '@rollcall/mirror/tables'
import { loadConfig } from '@rollcall/shared/config'
import { type Command, choiceOption, countOption, textOption } from '../command.ts'
import { eventTypes } from '../event-types.ts'
import { MirrorConfig } from '../mirror-config.ts'
import { formatTable } from '../table.ts'
import { withMirror } from '../with-mirror.ts'

const DEFAULT_LIMIT = 25

export const events: Command = {
  summary: 'Lists the events that were settled last, newest first.',
  usage: '[--entity <id>] [--type <event.type>] [--outcome <outcome>] [--handler <state>] [--limit <n>] [--json]',
  options: {
    entity: { type: 'string' },
    type: { type: 'string' },
    outcome: { type: 'string' },
    handler: { type: 'string' },
    limit: { type: 'string' },
    json: { type: 'boolean' },
  },
  help: {
    'entity <id>': 'only those about this id, `user_…`',
    'type <event.type>': 'only those of this type, `user.created`',
    'outcome <outcome>': `only those that ended so: ${OUTCOMES.join(', ')}`,
    'handler <state>': `only those whose handler is so: ${HANDLINGS.join(', ')}`,
    'limit <n>': `at most so many (${DEFAULT_LIMIT})`,
    json: 'print one JSON object a line',
  },
  values: { type: eventTypes, outcome: OUTCOMES, handler: HANDLINGS },
  examples: [
    { call: 'events --entity user_2abc', shows: 'what happened to one user' },
    { call: 'events --type user.updated --outcome stale --limit 100', shows: 'updates that came too late' },
    { call: 'events --handler failed --json', shows: 'events whose handler gave up, for a script' },
  ],
  words: [0, 0],
  async run(call, { environment, columns, print }) {
    const search: EventSearch = {
      entityId: textOption(call, 'entity'),
      types: asList(textOption(call, 'type')),
      outcomes: asList(choiceOption(call, 'outcome', OUTCOMES)),
      handling: choiceOption(call, 'handler', HANDLINGS),
    }
    const limit = countOption(call, 'limit', DEFAULT_LIMIT)
    const config = loadConfig(MirrorConfig, environment)
    const rows = await withMirror(config, (mirror) => listEvents(mirror.db, search, limit))
    if (call.options.json) for (const row of rows) print(JSON.stringify(row))
    else if (rows.length === 0) print(isNarrowed(search) ? 'There are no such events.' : NO_EVENTS)
    else for (const line of formatTable(HEADER, rows.map(cells), columns)) print(line)
    return 0
  },
}

const NO_EVENTS = 'No events. `pnpm rollcall send user.created` sends one.'

const asList = <Value>(value: Value | undefined): readonly Value[] | undefined =>
  value === undefined ? undefined : [value]

const isNarrowed = (search: EventSearch): boolean => Object.values(search).some((value) => value !== undefined)

const HEADER = ['applied at', 'outcome', 'handler', 'type', 'entity', 'message', 'attempts', 'error']

const cells = (row: LedgerRow): readonly string[] => [
  row.applied_at.toISOString(),
  row.outcome,
  row.handling ?? '-',
  row.type ?? '-',
  row.entity_id ?? '-',
  row.id,
  String(row.attempts),
  row.error ?? row.handler_error ?? '',
]
