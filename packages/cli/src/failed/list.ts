import { styleText } from 'node:util'
import { type Failure, listFailures } from '@rollcall/mirror/list-failures'
import { loadConfig } from '@rollcall/shared/config'
import { type Command, countOption } from '../command.ts'
import { MirrorConfig } from '../mirror-config.ts'
import { formatRecords } from '../records.ts'
import { fitsBeforeLast, formatTable } from '../table.ts'
import { withMirror } from '../with-mirror.ts'

const DEFAULT_LIMIT = 25

export const list: Command = {
  summary: 'Lists the events and the handlers that failed, newest first.',
  usage: '[--limit <n>] [--json]',
  options: { limit: { type: 'string' }, json: { type: 'boolean' } },
  help: { 'limit <n>': `at most so many (${DEFAULT_LIMIT})`, json: 'print one JSON object a line' },
  examples: [
    { call: 'failed', shows: 'what failed last' },
    { call: 'failed list --limit 200 --json', shows: 'more of it, for a script' },
  ],
  words: [0, 0],
  async run(call, { environment, columns, print }) {
    const limit = countOption(call, 'limit', DEFAULT_LIMIT)
    const config = loadConfig(MirrorConfig, environment)
    const failures = await withMirror(config, (mirror) => listFailures(mirror.db, mirror.schema, limit))
    if (call.options.json) for (const failure of failures) print(JSON.stringify(failure))
    else for (const line of report(failures, limit, columns)) print(line)
    return 0
  },
}

const HEADER = ['when', 'what', 'type', 'entity', 'message', 'attempts', 'error']

const cells = (failure: Failure): readonly string[] => [
  failure.applied_at.toISOString(),
  failure.what,
  failure.type ?? '-',
  failure.entity_id ?? '-',
  failure.id,
  String(failure.attempts),
  failure.error ?? '',
]

function report(failures: readonly Failure[], limit: number, columns: number | undefined): readonly string[] {
  if (failures.length === 0) return ['Nothing has failed.']
  const rows = failures.map(cells)
  // A table that is cut before the message's id would hide what `retry` has to be told.
  const format = fitsBeforeLast(HEADER, rows, columns) ? formatTable : formatRecords
  return [
    ...format(HEADER, rows, columns),
    '',
    styleText('dim', '`pnpm rollcall failed retry <message>` runs one again.'),
    ...(failures.length === limit ? [styleText('dim', `There may be more than these ${limit}: see --limit.`)] : []),
  ]
}
