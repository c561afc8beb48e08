import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { migrateDatabase } from '@rollcall/cli/commands/migrate'
import { InstallationConfig } from '@rollcall/cli/installation-config'
import { startServices } from '@rollcall/cli/start/services'
import { formatTable } from '@rollcall/cli/table'
import { configureConsole } from '@rollcall/console/config'
import { startConsole } from '@rollcall/console/console'
import { locateQueue } from '@rollcall/queue/open-queue'
import { needed, Config as ReceiverConfig } from '@rollcall/receiver/config'
import { startReceiver } from '@rollcall/receiver/receiver'
import { type Environment, loadConfig } from '@rollcall/shared/config'
import { createLog } from '@rollcall/shared/log'
import { configureWorker } from '@rollcall/worker/config'
import { startWorker } from '@rollcall/worker/worker'
import { seedFailedJobs } from './seed/failed-jobs.ts'
import { FAILED_MESSAGE, seedLedger, USER } from './seed/ledger.ts'

/**
 * How long the console's pages and `/metrics` take beside a large ledger and a large failed set.
 *   node bench/console.ts --events 1000000 --failed 100000 --rounds 40
 */
const { values } = parseArgs({
  options: {
    events: { type: 'string', default: '1000000' },
    failed: { type: 'string', default: '100000' },
    rounds: { type: 'string', default: '40' },
  },
})
const size = { events: Number(values.events), failed: Number(values.failed) }
const rounds = Number(values.rounds)

/** What the issue of a slow page is: people wait, and Prometheus scrapes each few seconds. */
const PAGE_MS = 300
const SCRAPE_MS = 20

await using opened = new AsyncDisposableStack()
const home = await mkdtemp(join(tmpdir(), 'rollcall-bench-console-'))
opened.defer(() => rm(home, { recursive: true, force: true }))
const services = await startServices({}, home, opened)
const environment: Environment = {
  PORT: '0',
  OPS_PORT: '0',
  CONSOLE_PORT: '0',
  CONSOLE_TOKEN: 'a-token-for-the-benchmark-and-nothing-else',
  CLERK_WEBHOOK_SIGNING_SECRET: `whsec_${Buffer.from('a secret for the benchmark').toString('base64')}`,
  DATABASE_URL: services.databaseUrl,
  REDIS_URL: services.redisUrl,
}
const workerConfig = await configureWorker(environment, home)
const installation = loadConfig(InstallationConfig, environment)
await migrateDatabase(installation, workerConfig.settings.catalog)

const seededAt = performance.now()
await seedLedger(services.databaseUrl, size)
await seedFailedJobs(locateQueue(installation), size.failed)
console.log(`Seeded ${size.events} events, ${size.failed} of them failed, in ${seconds(seededAt)} s.`)

const log = createLog({ level: 'error', process: 'bench' })
const worker = opened.use(await startWorker(workerConfig, log))
const receiver = opened.use(await startReceiver(loadConfig(ReceiverConfig, environment, needed), log))
const page = opened.use(await startConsole(await configureConsole(environment, home), log))
const headers = { authorization: `Bearer ${environment.CONSOLE_TOKEN}` }

const results: { what: string; limitMs: number; times: readonly number[] }[] = []
const consoleUrl = `http://127.0.0.1:${page.port}`
for (const path of [
  '/',
  '/events',
  `/events?entity=${USER}`,
  '/events?type=user.updated',
  '/events?type=waitlistEntry.created',
  '/events?outcome=failed',
  '/events?outcome=refused',
  '/events?outcome=stale&type=user.created',
  '/events?error=row_rejected',
  `/events/${FAILED_MESSAGE}`,
  `/entities/${USER}`,
  '/failed',
  '/audit',
  '/queues',
  '/queues/api/queues?activeQueue=webhooks&status=failed&page=1&jobsPerPage=10',
]) {
  results.push({ what: path, limitMs: PAGE_MS, times: await measure(`${consoleUrl}${path}`) })
}
for (const [name, port] of [
  ['receiver', receiver.opsPort],
  ['worker', worker.opsPort],
] as const) {
  results.push({
    what: `/metrics of the ${name}`,
    limitMs: SCRAPE_MS,
    times: await measure(`http://127.0.0.1:${port}/metrics`),
  })
}

const rows = results.map(({ what, limitMs, times }) => {
  const p95 = percentile(times, 0.95)
  return [
    what,
    percentile(times, 0.5).toFixed(1),
    p95.toFixed(1),
    Math.max(...times).toFixed(1),
    p95 < limitMs ? 'yes' : 'NO',
  ]
})
for (const line of formatTable(['request', 'median ms', 'p95 ms', 'highest ms', 'within its limit'], rows, undefined)) {
  console.log(line)
}
if (rows.some((row) => row.at(-1) === 'NO')) process.exitCode = 1

async function measure(url: string): Promise<readonly number[]> {
  const times: number[] = []
  for (let round = 0; round < rounds; round++) {
    const startedAt = performance.now()
    const response = await fetch(url, { headers, redirect: 'manual' })
    await response.arrayBuffer()
    if (response.status >= 300 && !url.endsWith('/queues')) throw new Error(`${url} answered ${response.status}`)
    times.push(performance.now() - startedAt)
  }
  return times
}

function percentile(times: readonly number[], share: number): number {
  const sorted = times.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)]!
}

function seconds(since: number): string {
  return ((performance.now() - since) / 1_000).toFixed(1)
}
