import { backfill as runBackfill } from '@rollcall/clerk/backfill'
import type { Counts, Progress } from '@rollcall/clerk/backfill-progress'
import { listOf } from '@rollcall/clerk/lists'
import { resources } from '@rollcall/resources/registry'
import { listedResources } from '../backfill/listed-resources.ts'
import type { Command } from '../command.ts'
import { formatDuration } from '../duration.ts'
import { createProgressReport, type ProgressReport } from '../progress.ts'
import { formatTable } from '../table.ts'
import { withClerk } from '../with-clerk.ts'

/** Of what cannot be mirrored as many are named as people read; the others are counted. */
const MOST_NAMED = 20

export const backfill: Command = {
  summary: 'Reads everything from Clerk into the mirror. Safe beside webhooks, and goes on where it was cut short.',
  usage: '[resource…] [--restart] [--json]',
  options: { restart: { type: 'boolean' }, json: { type: 'boolean' } },
  help: {
    restart: 'begin anew, where one was cut short',
    json: 'print what became of the rows as JSON',
  },
  notes: [
    'Resources are named as in rollcall.config.ts (`user`) or as their tables (`users`); all that Clerk lists, unless named.',
    'It takes CLERK_API_RATE_SHARE percent of the limit on requests to Clerk, and leaves the rest to your app.',
  ],
  wordValues: resources.filter(({ name }) => listOf(name) !== undefined).map(({ name }) => name),
  examples: [
    { call: 'backfill', shows: 'everything that Clerk lists' },
    { call: 'backfill user organization', shows: 'these two alone' },
    { call: 'backfill --restart', shows: 'from the beginning, where one was cut short' },
  ],
  words: [0, Number.POSITIVE_INFINITY],
  run(call, terminal) {
    const startedAt = performance.now()
    const report = createProgressReport(terminal.progress, () => performance.now())
    const stopped = 'What was read is kept: run the command again, and it goes on from there.'
    return withClerk(terminal, stopped, async ({ mirror, catalog, api, instance }) => {
      const resources = listedResources(catalog, call.words)
      const restart = call.options.restart === true
      const options = { mirror, catalog, api, instance, resources, restart, watch: watchWith(report) }
      const progress = await runBackfill(options).finally(() => report.end())
      const counts = countsOf(progress)
      const cost = costOf(startedAt)
      if (call.options.json) terminal.print(JSON.stringify({ instance: instance.id, resources: counts, ...cost }))
      else for (const line of summary(counts, cost, terminal.columns)) terminal.print(line)
      return Object.values(counts).some(({ failed }) => failed > 0) ? 1 : 0
    })
  },
}

function watchWith(report: ProgressReport) {
  let named = 0
  return {
    began(resumedFrom: Date | undefined) {
      if (resumedFrom) report.say(`Going on with the backfill that was begun at ${resumedFrom.toISOString()}.`)
    },
    progressed: (resource: string, { position, total }: Progress[string]) =>
      report.show(resource, position.read, total ?? undefined),
    failed(resource: string, { id, error }: { readonly id: string | null; readonly error: Error & { code: string } }) {
      if (named++ < MOST_NAMED)
        report.say(`${resource} ${id ?? 'without an id'} was left out. ${error.code}: ${error.message}`)
    },
  }
}

const countsOf = (progress: Progress): Readonly<Record<string, Counts>> =>
  Object.fromEntries(
    Object.entries(progress).map(([resource, { created, updated, unchanged, deleted, failed }]) => [
      resource,
      { created, updated, unchanged, deleted, failed },
    ]),
  )

interface Cost {
  readonly seconds: number
  readonly peakMemoryMegabytes: number
}

const costOf = (startedAt: number): Cost => ({
  seconds: Math.round((performance.now() - startedAt) / 100) / 10,
  // Node tells it in kilobytes.
  peakMemoryMegabytes: Math.round(process.resourceUsage().maxRSS / 1_024),
})

/** A row for each resource. What hardly ever happens has a column where it did. */
function summary(
  counts: Readonly<Record<string, Counts>>,
  { seconds, peakMemoryMegabytes }: Cost,
  columns: number | undefined,
): readonly string[] {
  const all = Object.values(counts)
  const shown = (['created', 'updated', 'unchanged', 'deleted', 'failed'] as const).filter(
    (what) => !RARE.includes(what) || all.some((count) => count[what] > 0),
  )
  const rows = Object.entries(counts).map(([resource, count]) => [
    resource,
    ...shown.map((what) => String(count[what])),
  ])
  return [
    ...formatTable(['resource', ...shown], rows, columns),
    '',
    ...shown.flatMap((what) => NOTES[what] ?? []),
    `It took ${formatDuration(seconds * 1_000)}, and ${peakMemoryMegabytes} MB of memory at the most.`,
  ]
}

const RARE: readonly string[] = ['deleted', 'failed']

const NOTES: Readonly<Record<string, string>> = {
  deleted: 'deleted: Clerk still answered them, and an event says that they are deleted. Nothing revives them.',
  failed: 'failed: they cannot be mirrored, and the others were written without them.',
}
