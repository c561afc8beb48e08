import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { ensurePrometheus } from '@rollcall/testkit/install-prometheus'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { renderOverlay } from './kubernetes-manifests.ts'

const run = promisify(execFile)
const folder = await mkdtemp(join(tmpdir(), 'rollcall-scaling-'))
afterAll(() => rm(folder, { recursive: true }))

/** The package is a few dozen megabytes, and apt may have to wait for another that installs. */
beforeAll(ensurePrometheus, 600_000)

interface Trigger {
  readonly name: string
  readonly metadata: { readonly query: string; readonly threshold: string }
}

const objects = await renderOverlay('production', folder)
const { triggers } = objects.find(({ kind }) => kind === 'ScaledObject')!.spec as { readonly triggers: Trigger[] }

/** What two receivers and two workers tell; one of the workers does not reach Postgres. */
const BUSY = {
  'rollcall_queue_jobs{state="waiting",instance="receiver-1"}': 20_000,
  'rollcall_queue_jobs{state="waiting",instance="receiver-2"}': 20_000,
  'rollcall_queue_jobs{state="failed",instance="receiver-1"}': 90_000,
  'rollcall_queue_oldest_waiting_age_seconds{instance="receiver-1"}': 90,
  'rollcall_queue_oldest_waiting_age_seconds{instance="receiver-2"}': 90,
  'rollcall_queue_paused{instance="receiver-1"}': 0,
  'rollcall_queue_paused{instance="receiver-2"}': 0,
  'rollcall_database_available{instance="worker-1"}': 1,
  'rollcall_database_available{instance="worker-2"}': 0,
}

test.each([
  ['a backlog', {}, { depth: 4, age: 3 }],
  ['Postgres away', { 'rollcall_database_available{instance="worker-1"}': 0 }, { depth: 0, age: 0 }],
  ['a queue that is paused', { 'rollcall_queue_paused{instance="receiver-1"}': 1 }, { depth: 0, age: 0 }],
])('[I24] a real Prometheus answers KEDA for %s with as many workers as can help', async (_what, over, workers) => {
  const samples = Object.entries<number>({ ...BUSY, ...over })
  const expected = triggers.map(({ name, metadata }) => ({
    expr: metadata.query,
    eval_time: '1m',
    exp_samples: [{ labels: '{}', value: workers[name as keyof typeof workers] * Number(metadata.threshold) }],
  }))
  const file = join(folder, `${crypto.randomUUID()}.yml`)
  const input = samples.map(([series, value]) => ({ series, values: `${value}x2` }))
  await writeFile(file, stringify({ tests: [{ interval: '1m', input_series: input, promql_expr_test: expected }] }))
  const { stdout } = await run('promtool', ['test', 'rules', file])
  expect(stdout).toContain('SUCCESS')
})
