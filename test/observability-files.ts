import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export const pathOf = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url))
const read = (path: string): string => readFileSync(pathOf(path), 'utf8')

export const PROMETHEUS_CONFIG = 'infra/prometheus/prometheus.yml'
export const ALERT_RULES = 'infra/prometheus/alerts.yml'
export const ALERT_TESTS = 'infra/prometheus/alerts.test.yml'
const RUNBOOKS = 'docs/runbooks'

export const prometheusConfig = (): string => read(PROMETHEUS_CONFIG)

/** A file's text without its comments. */
const withoutComments = (text: string): string => text.replaceAll(/^\s*#.*$/gm, '')

export interface WrittenAlert {
  readonly name: string
  /** The rule as it is written. */
  readonly text: string
  readonly runbook: string | undefined
  /** What alerts.test.yml expects of it, in its order: whether it fires. */
  readonly expected: readonly boolean[]
}

export function writtenAlerts(): readonly WrittenAlert[] {
  const expectations = [
    ...read(ALERT_TESTS).matchAll(/alertname="(\w+)".*alertstate="firing"\}\)\n\s+exp_samples: \[(.*)\]$/gm),
  ]
  return withoutComments(read(ALERT_RULES))
    .split('- alert: ')
    .slice(1)
    .map((text) => {
      const name = /^\w+/.exec(text)![0]
      return {
        name,
        text,
        runbook: /^\s+runbook: (\S+)$/m.exec(text)?.[1],
        expected: expectations.filter(([, of]) => of === name).map(([, , samples]) => samples !== ''),
      }
    })
}

/** The runbook pages but their index, by their path, with their text. */
export const runbooks = (): ReadonlyMap<string, string> =>
  new Map(
    readdirSync(pathOf(RUNBOOKS))
      .filter((name) => name.endsWith('.md') && name !== 'README.md')
      .map((name) => [`${RUNBOOKS}/${name}`, read(`${RUNBOOKS}/${name}`)]),
  )

export const runbookIndex = (): string => read(`${RUNBOOKS}/README.md`)

/** An expression of the dashboard, and the panel that shows it. */
export interface Shown {
  readonly panel: string
  readonly expression: string
}

interface Target {
  readonly expr: string
}

interface Dashboard {
  readonly panels: readonly {
    readonly title: string
    readonly type: string
    readonly description?: string
    readonly targets?: readonly Target[]
  }[]
  readonly annotations: { readonly list: readonly (Target & { readonly name: string })[] }
}

export const dashboard = (): Dashboard => JSON.parse(read('infra/grafana/dashboards/rollcall.json'))

/** Grafana's own variable, as long as four scrapes and more are. */
export const shownExpressions = (rateInterval: string): readonly Shown[] => {
  const { panels, annotations } = dashboard()
  const shown = [
    ...panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => ({ panel: title, expression: expr }))),
    ...annotations.list.map(({ name, expr }) => ({ panel: name, expression: expr })),
  ]
  return shown.map(({ panel, expression }) => ({
    panel,
    expression: expression.replaceAll('$__rate_interval', rateInterval),
  }))
}

/** The files of this folder that docker-compose.yml mounts into a container. */
export const mountedFiles = (): readonly string[] =>
  [...read('docker-compose.yml').matchAll(/- \.\/(infra\/[\w./-]+):/g)].map(([, path]) => path!)

/** Names of our metrics that a text mentions. */
export const metricsIn = (text: string): readonly string[] => [
  ...new Set([...text.matchAll(/\brollcall_\w+/g)].map(([name]) => name)),
]
