import { METRICS, type Metric, type MetricsProcess } from '@rollcall/shared/metrics'

const PROCESSES: readonly MetricsProcess[] = ['receiver', 'worker']

/** The page on metrics, in Markdown [P1]. */
export const metricsPage = (): string =>
  [
    '# Metrics',
    '',
    '<!-- Written by `pnpm docs`. Change packages/shared/src/metrics.ts instead. -->',
    '',
    'Receiver and worker tell these on `/metrics` of their `OPS_PORT` (9464 and 9465), in the format of Prometheus, together with',
    'what prom-client tells of every Node process (`process_…`, `nodejs_…`). Names and labels are API: a change is in the changelog.',
    '',
    'A scrape asks nobody: what takes a question is asked beforehand, now and then. What could not be renewed in its time has no',
    'sample, so an alert on it asks for `absent(…)` as well. Counters and histograms are of the process: `sum` them over all. What',
    'is told of the queue, of the database and of Clerk is the same from every process: take the `max`, never the `sum`.',
    ...PROCESSES.flatMap(metricsOf),
    '',
  ].join('\n')

function metricsOf(process: MetricsProcess): readonly string[] {
  const told = Object.entries<Metric>(METRICS).filter(([, { toldBy }]) => toldBy.includes(process))
  return [
    '',
    `## Told by the ${process}`,
    '',
    '| metric | type | labels | meaning |',
    '| --- | --- | --- | --- |',
    ...told.map(([name, metric]) => `| \`${name}\` | ${metric.type} | ${labelsOf(metric)} | ${meaningOf(metric)} |`),
  ]
}

const labelsOf = ({ labels }: Metric): string =>
  Object.entries(labels)
    .map(([label, meaning]) => `\`${label}\`: ${meaning}`)
    .join('<br>') || '—'

const meaningOf = ({ help, buckets }: Metric): string =>
  buckets ? `${help} Buckets up to ${buckets.map((bound) => `\`${bound}\``).join(', ')}.` : help
