import { type LedgerSummary, summariseLedger } from '@rollcall/mirror/ledger-summary'
import type { QueueCounts } from '@rollcall/queue/job-queue'
import { locateQueue } from '@rollcall/queue/open-queue'
import { loadConfig } from '@rollcall/shared/config'
import type { Command } from '../command.ts'
import { InstallationConfig } from '../installation-config.ts'
import { configureComparison, describeInStep, type InStep, readInStep } from '../status/in-step.ts'
import { formatTable } from '../table.ts'
import { withMirror } from '../with-mirror.ts'
import { withQueue } from '../with-queue.ts'
import { wrap } from '../wrap.ts'

export const status: Command = {
  summary: 'Shows what waits, how events ended, and whether the mirror is in step with Clerk.',
  usage: '[--json]',
  options: { json: { type: 'boolean' } },
  help: { json: 'print as JSON' },
  examples: [
    { call: 'status', shows: 'what waits, and how events ended' },
    { call: 'status --json', shows: 'the same for a script' },
  ],
  words: [0, 0],
  async run(call, terminal) {
    const { environment, columns, print } = terminal
    const config = loadConfig(InstallationConfig, environment)
    const comparison = await configureComparison(terminal)
    const location = locateQueue(config)
    const { ledger, inStep, counts } = await withMirror(config, async (mirror) => ({
      ledger: await summariseLedger(mirror.db),
      inStep: await readInStep(mirror, comparison),
      counts: await withQueue(location, (queue) => queue.counts()),
    }))
    if (call.options.json)
      print(JSON.stringify({ queue: { backend: location.backend, ...counts }, ...ledger, ...inStep }))
    else for (const line of report(location.backend, counts, ledger, inStep, columns)) print(line)
    return 0
  },
}

function report(
  backend: string,
  counts: QueueCounts,
  ledger: LedgerSummary,
  inStep: InStep,
  columns: number | undefined,
): readonly string[] {
  const { handlers } = ledger
  const isAnyHandled = Object.values(handlers).some((count) => count > 0)
  return [
    ...formatTable([`queue (${backend})`, 'jobs'], rowsOf({ ...counts }), columns),
    '',
    ...formatTable(['outcome', 'events'], rowsOf(ledger.outcomes), columns),
    '',
    ...(isAnyHandled ? [...formatTable(['handler', 'events'], rowsOf(handlers), columns), ''] : []),
    ...formatTable(['clerk', ''], describeInStep(inStep, Date.now()), columns),
    '',
    ...wrap(newest(ledger), columns),
  ]
}

const newest = ({ lastAppliedAt, lagMs }: LedgerSummary): string =>
  lastAppliedAt && lagMs
    ? `Last event settled at ${lastAppliedAt.toISOString()}. From receipt to commit, newest events: median ${lagMs.median} ms, highest ${lagMs.highest} ms.`
    : 'No event has been settled yet.'

const rowsOf = (counts: Readonly<Record<string, number>>): readonly (readonly string[])[] =>
  Object.entries(counts).map(([name, count]) => [name, String(count)])
