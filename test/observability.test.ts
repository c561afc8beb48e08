import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { promisify } from 'node:util'
import { Config as ReceiverConfig } from '@rollcall/receiver/config'
import { METRICS, type Metric } from '@rollcall/shared/metrics'
import { ensurePrometheus } from '@rollcall/testkit/install-prometheus'
import { Config as WorkerConfig } from '@rollcall/worker/config'
import { beforeAll, expect, test } from 'vitest'
import {
  ALERT_RULES,
  ALERT_TESTS,
  dashboard,
  metricsIn,
  mountedFiles,
  PROMETHEUS_CONFIG,
  pathOf,
  prometheusConfig,
  runbookIndex,
  runbooks,
  shownExpressions,
  writtenAlerts,
} from './observability-files.ts'

/** The package is a few dozen megabytes, and apt may have to wait for another that installs. */
beforeAll(ensurePrometheus, 600_000)

const promtool = async (...words: string[]) => {
  const { stdout } = await promisify(execFile)('promtool', words).catch((error) => error)
  return stdout as string
}

test('[P20] Prometheus takes the configuration and the alert rules', async () => {
  expect(await promtool('check', 'config', pathOf(PROMETHEUS_CONFIG))).toMatch(/is valid prometheus config file/)
  expect(await promtool('check', 'rules', pathOf(ALERT_RULES))).toContain(`SUCCESS: ${writtenAlerts().length} rules`)
})

test('[P20] it asks each process where that tells its metrics', () => {
  const asked = [...prometheusConfig().matchAll(/job_name: (\w+)\n.*\n.*names: \[(\w+)\].* port: (\d+)/g)]
  expect(asked.map(([, job, name, port]) => [job, name, Number(port)])).toEqual([
    ['receiver', 'receiver', ReceiverConfig.OPS_PORT.parse(undefined)],
    ['worker', 'worker', WorkerConfig.OPS_PORT.parse(undefined)],
  ])
  for (const path of mountedFiles()) expect(existsSync(pathOf(path)), `docker-compose.yml mounts ${path}`).toBe(true)
})

test('[P21] each alert fires and is over as its test says', { timeout: 300_000 }, async () => {
  expect(await promtool('test', 'rules', pathOf(ALERT_TESTS))).toMatch(/^Unit Testing: .*\n {2}SUCCESS\n/)
  for (const { name, expected } of writtenAlerts()) {
    const course = expected.map((fires) => (fires ? 'fires' : 'quiet')).join(', ')
    expect(course, `the test of ${name}`).toMatch(/quiet, fires.*quiet/)
  }
})

test('[P21] each alert says how grave it is and what to do first, and has a runbook', () => {
  const pages = runbooks()
  const alerts = writtenAlerts()
  for (const { name, text, runbook } of alerts) {
    expect(text, name).toMatch(/severity: (critical|warning) \}/)
    expect(text, name).toMatch(/summary: (['"]).+\1\n\s+description: (['"]).+\2\n/)
    expect(runbook, name).toBe(`docs/runbooks/${kebab(name.replace('Rollcall', ''))}.md`)
    expect(pages.get(runbook!), runbook).toContain(`# ${name}\n`)
    expect(runbookIndex()).toContain(`](${runbook!.replace('docs/runbooks/', '')})`)
  }
  for (const [page, text] of [...pages, ['index', runbookIndex()] as const])
    for (const [, linked] of text.matchAll(/\]\((?!https?:)([^)#]+)/g))
      expect(existsSync(pathOf(`docs/runbooks/${linked}`)), `${page} points at ${linked}`).toBe(true)
  expect([...pages.keys()].sort()).toEqual(alerts.map(({ runbook }) => runbook).sort())
})

const kebab = (name: string): string => name.replaceAll(/(?!^)[A-Z]/g, '-$&').toLowerCase()

test('[P22] dashboard, alerts and runbooks name only metrics that there are', () => {
  const known = new Set<string>(Object.entries<Metric>(METRICS).flatMap(([name, { type }]) => seriesOf(name, type)))
  const texts = [
    ...shownExpressions('1m').map(({ panel, expression }) => ({ where: panel, text: expression })),
    ...writtenAlerts().map(({ name, text }) => ({ where: name, text })),
    ...[...runbooks()].map(([where, text]) => ({ where, text })),
  ]
  const unknown = texts.flatMap(({ where, text }) =>
    metricsIn(text)
      .filter((name) => !known.has(name))
      .map((name) => `${where}: ${name}`),
  )
  expect(unknown).toEqual([])
})

const seriesOf = (name: string, type: Metric['type']): readonly string[] =>
  type === 'histogram' ? [name, ...['bucket', 'count', 'sum'].map((part) => `${name}_${part}`)] : [name]

test('[P22] each panel says what it shows', () => {
  const silent = dashboard().panels.filter(({ type, description }) => type !== 'row' && !description)
  expect(silent.map(({ title }) => title)).toEqual([])
})
