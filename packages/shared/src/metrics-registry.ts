import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import { defaultMetrics } from './default-metrics.ts'
import { METRICS, type Metric, type MetricName, type MetricsProcess } from './metrics.ts'
import { VERSION } from './version.ts'

type Listed = typeof METRICS

/** The metrics of a kind that a process tells. */
type NameOf<Process extends MetricsProcess, Type extends Metric['type']> = {
  [Name in MetricName]: Listed[Name]['type'] extends Type
    ? Process extends Listed[Name]['toldBy'][number]
      ? Name
      : never
    : never
}[MetricName]

type LabelsOf<Name extends MetricName> = { readonly [Label in keyof Listed[Name]['labels']]: string }

/** A metric's value under some labels. */
export interface Sample<Name extends MetricName> {
  readonly labels: LabelsOf<Name>
  readonly value: number
}

/** The metrics of a process: those that `METRICS` lists for it, and no others [P1]. */
export interface ProcessMetrics<Process extends MetricsProcess> {
  readonly contentType: string
  /** The text that Prometheus reads. Asks nobody: whatever takes time is read beforehand, now and then [P2]. */
  metrics(): Promise<string>
  /** One more. */
  count<Name extends NameOf<Process, 'counter'>>(name: Name, labels: LabelsOf<Name>): void
  observe<Name extends NameOf<Process, 'histogram'>>(name: Name, labels: LabelsOf<Name>, value: number): void
  /** The samples are what `read` answers at the moment that Prometheus asks; none, where nothing is known [P2]. */
  tell<Name extends NameOf<Process, 'gauge' | 'counter'>>(name: Name, read: () => readonly Sample<Name>[]): void
}

/** What is known, as the sample of a metric without labels; none where it is not. */
export const known = (value: number | undefined) => (value === undefined ? [] : [{ labels: {}, value }])

/** Registers all metrics of a process, so that Prometheus learns of each before it has its first sample. */
export function createProcessMetrics<Process extends MetricsProcess>(process: Process): ProcessMetrics<Process> {
  const registry = new Registry()
  for (const metric of defaultMetrics()) registry.registerMetric(metric)
  const readers = new Map<string, () => readonly Sample<MetricName>[]>()
  const counters = new Map<string, Counter>()
  const histograms = new Map<string, Histogram>()

  for (const [name, metric] of Object.entries<Metric>(METRICS)) {
    if (!metric.toldBy.includes(process)) continue
    const { help, labels } = metric
    const shape = { name, help, labelNames: Object.keys(labels), registers: [registry] }
    switch (metric.type) {
      case 'counter':
        counters.set(
          name,
          createCounter(shape, () => readers.get(name)?.()),
        )
        break
      case 'gauge':
        createGauge(shape, () => readers.get(name)?.() ?? [])
        break
      case 'histogram':
        histograms.set(name, new Histogram({ ...shape, buckets: [...metric.buckets!] }))
    }
  }
  readers.set('rollcall_build_info', () => [
    { labels: { version: VERSION, process, node: globalThis.process.version }, value: 1 },
  ])

  return {
    contentType: registry.contentType,
    metrics: () => registry.metrics(),
    count: (name, labels) => counters.get(name)!.inc(labels),
    observe: (name, labels, value) => histograms.get(name)!.observe(labels, value),
    tell: (name, read) => void readers.set(name, read),
  }
}

interface Shape {
  readonly name: string
  readonly help: string
  readonly labelNames: string[]
  readonly registers: Registry[]
}

/** `read` answers nothing where the counter is counted here. */
function createCounter(shape: Shape, read: () => readonly Sample<MetricName>[] | undefined): Counter {
  const counter: Counter = new Counter({
    ...shape,
    collect() {
      const samples = read()
      if (!samples) return
      clear(counter, shape)
      for (const { labels, value } of samples) counter.inc(labels, value)
    },
  })
  clear(counter, shape)
  return counter
}

function createGauge(shape: Shape, read: () => readonly Sample<MetricName>[]): void {
  const gauge: Gauge = new Gauge({
    ...shape,
    collect() {
      clear(gauge, shape)
      for (const { labels, value } of read()) gauge.set(labels, value)
    },
  })
}

/** Leaves no sample, also where there are no labels: prom-client's own `reset` would leave a 0, which says something. */
function clear(metric: Counter | Gauge, { labelNames }: Shape): void {
  metric.reset()
  if (labelNames.length === 0) metric.remove()
}
