import type { Command } from '../command.ts'
import { readFailures, readRate, SELECTION_HELP, SELECTION_OPTIONS, SELECTION_USAGE } from '../event-selection.ts'
import { eventTypes } from '../event-types.ts'
import { runReplay } from '../replay/run-replay.ts'

export const retry: Command = {
  summary: 'Runs failed events and failed handlers again, once what they failed for is mended.',
  usage: `${SELECTION_USAGE} [--all] [--rate <n>] [--dry-run] [--json]`,
  options: {
    ...SELECTION_OPTIONS,
    all: { type: 'boolean' },
    rate: { type: 'string' },
    'dry-run': { type: 'boolean' },
    json: { type: 'boolean' },
  },
  help: {
    ...SELECTION_HELP,
    all: 'all that failed',
    'rate <n>': 'at most so many a second',
    'dry-run': 'only tell what would be run again',
    json: 'print the summary as JSON',
  },
  values: { type: eventTypes },
  examples: [
    { call: 'failed retry msg_2abc', shows: 'one again' },
    { call: 'failed retry --all', shows: 'everything that failed, once it is mended' },
    { call: 'failed retry --error row_rejected --from 90m --dry-run', shows: 'how many it would be' },
  ],
  words: [0, Number.POSITIVE_INFINITY],
  run(call, terminal) {
    const chosen = readFailures(call, Date.now())
    return runReplay(
      {
        // Of one that is named and has not failed it is said so; of others only those that failed are meant.
        search: call.words.length > 0 ? chosen : { ...chosen, failed: true },
        areNamed: call.words.length > 0,
        dryRun: call.options['dry-run'] === true,
        ratePerSecond: readRate(call),
        json: call.options.json === true,
      },
      terminal,
    )
  },
}
