import { type EventDetail, readEvent } from '@rollcall/mirror/event-detail'
import { loadConfig } from '@rollcall/shared/config'
import { parseJson } from '@rollcall/shared/json'
import { type Command, CommandError } from '../command.ts'
import { MirrorConfig } from '../mirror-config.ts'
import { formatRecords } from '../records.ts'
import { withMirror } from '../with-mirror.ts'

export const show: Command = {
  summary: 'Shows all that the ledger has of a message: its times, its attempts, its error; with --body what it says.',
  usage: '<message-id> [--body] [--json]',
  options: { body: { type: 'boolean' }, json: { type: 'boolean' } },
  help: { body: 'the body as well: it tells of people', json: 'print as JSON' },
  examples: [
    { call: 'failed show msg_2abc', shows: 'all that is known of one' },
    { call: 'failed show msg_2abc --body', shows: 'and what it says' },
  ],
  words: [1, 1],
  async run(call, { environment, columns, print }) {
    const id = call.words[0]!
    const config = loadConfig(MirrorConfig, environment)
    const event = await withMirror(config, (mirror) => readEvent(mirror.db, id))
    if (!event) throw new CommandError(`The ledger has no message ${id}.`, '`pnpm rollcall events` lists what it has.')
    const { body, position: _, ...detail } = event
    if (call.options.json) {
      print(JSON.stringify(call.options.body ? { ...detail, body } : detail))
      return 0
    }
    const facts = factsOf(detail)
    for (const line of formatRecords(
      facts.map(([name]) => name),
      [facts.map(([, value]) => value)],
      columns,
    ))
      print(line)
    if (call.options.body) {
      print('')
      print(body === null ? 'Its body is not kept.' : pretty(body))
    }
    return 0
  },
}

function factsOf(event: Omit<EventDetail, 'position'>): readonly (readonly [string, string])[] {
  const facts: readonly (readonly [string, string | null | undefined])[] = [
    ['message', event.id],
    ['type', event.type],
    ['entity', event.entity_id],
    ['instance', event.instance_id],
    ['outcome', event.outcome],
    ['error', event.error],
    ['stale against', event.stale_against && staleAgainst(event.stale_against)],
    ['attempts', String(event.attempts)],
    ['occurred at', event.occurred_at.toISOString()],
    ['received at', event.received_at.toISOString()],
    ['settled at', event.applied_at.toISOString()],
    ['version', event.version === null ? null : new Date(event.version).toISOString()],
    ['duplicates', duplicates(event)],
    ['handler', event.handling && `${event.handling}, tried ${event.handler_attempts} times`],
    ['handled at', event.handled_at?.toISOString()],
    ['handler error', event.handler_error],
    ['discarded at', event.discarded_at?.toISOString()],
    ['body', event.has_body ? 'kept' : 'not kept'],
  ]
  return facts.flatMap(([name, value]) => (value === null || value === undefined ? [] : [[name, value] as const]))
}

const staleAgainst = ({ event_id, version, deleted }: NonNullable<EventDetail['stale_against']>): string =>
  `${deleted ? 'its deletion, ' : ''}${event_id ?? 'a row that backfill or reconcile wrote'}, of version ${new Date(version).toISOString()}`

const duplicates = ({ duplicates, duplicate_at }: Pick<EventDetail, 'duplicates' | 'duplicate_at'>): string | null =>
  duplicates === 0 ? null : `came again ${duplicates} times, last at ${duplicate_at?.toISOString()}`

/** What is no JSON is shown as one JSON text: whatever it holds, nothing of it is a line or a command of its own. */
function pretty(body: string): string {
  const parsed = parseJson(body)
  return parsed === undefined ? JSON.stringify(body) : JSON.stringify(parsed, null, 2)
}
