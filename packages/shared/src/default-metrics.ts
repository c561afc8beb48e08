import { collectDefaultMetrics, type Metric, Registry } from 'prom-client'

let collected: readonly Metric[] | undefined

/**
 * What prom-client tells of a Node process: memory, time, event loop, garbage collection. They are of the process and not
 * of who runs in it, and each set of them watches the event loop for ever, so there is one.
 *
 * Gauges whose names end as only those of counters may are left out: `promtool check metrics` refuses them.
 */
export function defaultMetrics(): readonly Metric[] {
  if (!collected) {
    const register = new Registry()
    collectDefaultMetrics({ register })
    const named = register.getMetricsAsArray() as unknown as readonly (Metric & { name: string; type: string })[]
    collected = named.filter(({ name, type }) => !(type === 'gauge' && name.endsWith('_total')))
  }
  return collected
}
