import { discard as discardFailures } from '@rollcall/operations/discard'
import { commandActor } from '../actor.ts'
import type { Command } from '../command.ts'
import { readFailures, SELECTION_HELP, SELECTION_OPTIONS, SELECTION_USAGE } from '../event-selection.ts'
import { eventTypes } from '../event-types.ts'
import { createProgressReport } from '../progress.ts'
import { withPipeline } from '../with-pipeline.ts'

export const discard: Command = {
  summary: 'Gives failures up for good: their bodies go, and they are listed no more.',
  usage: `${SELECTION_USAGE} [--all] [--dry-run] --yes [--json]`,
  options: {
    ...SELECTION_OPTIONS,
    all: { type: 'boolean' },
    yes: { type: 'boolean' },
    'dry-run': { type: 'boolean' },
    json: { type: 'boolean' },
  },
  help: {
    ...SELECTION_HELP,
    all: 'all that failed',
    yes: 'do it: there is no way back but a resend from Clerk’s dashboard',
    'dry-run': 'only tell how many it would be, as without --yes',
    json: 'print the summary as JSON',
  },
  values: { type: eventTypes },
  examples: [
    { call: 'failed discard --type sms.created', shows: 'tells how many it would be' },
    { call: 'failed discard --type sms.created --yes', shows: 'gives them up' },
    { call: 'failed discard msg_2abc --yes', shows: 'one alone' },
  ],
  words: [0, Number.POSITIVE_INFINITY],
  async run(call, terminal) {
    const chosen = readFailures(call, Date.now())
    const isDryRun = call.options['dry-run'] === true || call.options.yes !== true
    const report = createProgressReport(terminal.progress, () => performance.now())
    const summary = await withPipeline(terminal, (pipeline, stop) =>
      discardFailures(pipeline, chosen, {
        actor: commandActor(),
        dryRun: isDryRun,
        stop,
        onProgress: (done, total) => report.show('discarded', done, total),
      }).finally(() => report.end()),
    )
    const { discarded, isStopped } = summary
    if (call.options.json) terminal.print(JSON.stringify({ dryRun: isDryRun, ...summary }))
    else if (discarded === 0) terminal.print('Of those, nothing has failed.')
    else if (isDryRun) terminal.print(`${failures(discarded)} would be discarded. Nothing was done; --yes does it.`)
    else terminal.print(`${failures(discarded)} discarded.${isStopped ? ' Stopped before the end.' : ''}`)
    return isStopped || (discarded === 0 && call.words.length > 0) ? 1 : 0
  },
}

const failures = (count: number): string => `${count} ${count === 1 ? 'failure' : 'failures'}`
