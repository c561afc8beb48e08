import { LOG_EVENTS, type LogEvent } from '@rollcall/shared/log-events'

/** The page on the log, in Markdown [L8]. */
export const logEventsPage = (): string =>
  [
    '# The log',
    '',
    '<!-- Written by `pnpm docs`. Change packages/shared/src/log-events.ts or docs/log-events-page.ts instead. -->',
    '',
    'Every process writes JSON to standard output, one line a happening. Names (`msg`) and fields are API: a change is in the',
    'changelog. An event is one wide line, `event.settled`, with all that is known of it; its request and its handler have theirs.',
    '',
    'Every line has `time` (ISO 8601, UTC), `level` (a word), `process` and `msg`. `LOG_LEVEL` says which levels are written, from',
    '`info` on unless told otherwise. A field that is not known is left out. Those whose names end in `Ms` are milliseconds.',
    '',
    'No line holds a payload, a header, or a secret. Of an error it tells the type, the code and the message; not the message where',
    'that may quote an event (values that Postgres did not take, texts that a trigger raises, JSON that could not be read). Those',
    'are in the ledger: `rollcall failed show <message id>`.',
    '',
    'What a handler says with the `log` that it is given stands under the names that it chose, with `messageId` and `type`. What it',
    'says there, it says to everybody who reads logs.',
    '',
    '| line | level | said by | meaning |',
    '| --- | --- | --- | --- |',
    ...all().map(
      ([name, { levels, saidBy, meaning }]) =>
        `| [\`${name}\`](#${anchor(name)}) | ${levels.join(', ')} | ${saidBy.join(', ')} | ${meaning} |`,
    ),
    ...all().flatMap(([name, { fields }]) => fieldsOf(name, fields)),
    '',
    '## Questions to it',
    '',
    '```sh',
    '# What became of a message, or of a user',
    `jq -c 'select(.messageId == "msg_…" or .entityId == "user_…")'`,
    '# Which events took longer than a minute from Clerk to here',
    `jq -c 'select(.msg == "event.settled" and .lagMs > 60000) | [.time, .type, .messageId, .lagMs]'`,
    '# Failures by code',
    `jq -r 'select(.outcome == "failed") | "\\(.type) \\(.errorCode)"' | sort | uniq -c | sort -rn`,
    '```',
    '',
  ].join('\n')

const all = (): readonly (readonly [string, LogEvent])[] => Object.entries<LogEvent>(LOG_EVENTS)

/** As GitHub makes one of a heading. */
const anchor = (name: string): string => name.replace('.', '')

function fieldsOf(name: string, fields: LogEvent['fields']): readonly string[] {
  const rows = Object.entries(fields).map(([field, meaning]) => `| \`${field}\` | ${meaning} |`)
  const table = rows.length === 0 ? ['No fields of its own.'] : ['| field | what it tells |', '| --- | --- |', ...rows]
  return ['', `### ${name}`, '', ...table]
}
