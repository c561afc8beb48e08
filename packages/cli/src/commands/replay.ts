import { OUTCOMES } from '@rollcall/mirror/tables'
import { type Command, UsageError } from '../command.ts'
import { readRate, readSelection, SELECTION_HELP, SELECTION_OPTIONS, SELECTION_USAGE } from '../event-selection.ts'
import { eventTypes } from '../event-types.ts'
import { runReplay } from '../replay/run-replay.ts'

export const replay: Command = {
  summary: 'Runs events again, from the bodies that the ledger has kept. Safe: what was applied is not changed by it.',
  usage: `${SELECTION_USAGE} [--outcome <outcome>] [--rate <n>] [--dry-run] [--json]`,
  options: {
    ...SELECTION_OPTIONS,
    outcome: { type: 'string' },
    rate: { type: 'string' },
    'dry-run': { type: 'boolean' },
    json: { type: 'boolean' },
  },
  help: {
    ...SELECTION_HELP,
    'outcome <outcome>': `those that ended so: ${OUTCOMES.join(', ')}`,
    'rate <n>': 'at most so many a second; as fast as the queue takes them, unless given',
    'dry-run': 'only tell what would be run again',
    json: 'print the summary as JSON',
  },
  notes: [
    'All that is given has to be true of an event. Bodies are kept of failed events and of types that Clerk does not document; with EVENT_BODIES=all of all that was mirrored.',
    'It works from the ledger, so also where the queue has been lost. For what was settled without a body there is `rollcall reconcile`.',
  ],
  values: { type: eventTypes, outcome: OUTCOMES },
  examples: [
    { call: 'replay msg_2abc', shows: 'one message again' },
    { call: 'replay --type user.created --from 2d --dry-run', shows: 'how many sign-ups of two days it would be' },
    { call: 'replay --error row_rejected --rate 50', shows: 'all that a constraint refused, 50 a second' },
  ],
  words: [0, Number.POSITIVE_INFINITY],
  run(call, terminal) {
    const search = readSelection(call, Date.now())
    if (!search)
      throw new UsageError('Say what to replay: message ids, or --entity, --type, --outcome, --error, --from, --to.')
    return runReplay(
      {
        search,
        areNamed: call.words.length > 0,
        dryRun: call.options['dry-run'] === true,
        ratePerSecond: readRate(call),
        json: call.options.json === true,
      },
      terminal,
    )
  },
}
