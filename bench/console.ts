import { parseArgs } from 'node:util'
import { migrateDatabase } from '@rollcall/cli/commands/migrate'
import { InstallationConfig } from '@rollcall/cli/installation-config'
import { runPipeline } from '@rollcall/cli/start/run-pipeline'
import { openScratch } from '@rollcall/cli/start/scratch'
import { formatTable } from '@rollcall/cli/table'
import { configureConsole } from '@rollcall/console/config'
import { startConsole } from '@rollcall/console/console'
import { locateQueue } from '@rollcall/queue/open-queue'
import { createCatalog } from '@rollcall/resources/catalog'
import { resources } from '@rollcall/resources/registry'
import { loadConfig } from '@rollcall/shared/config'
import { createLog } from '@rollcall/shared/log'
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
const scratch = await openScratch(opened)
const environment = { ...scratch.environment, CONSOLE_TOKEN: 'a-token-for-the-benchmark-and-nothing-else' }
const installation = loadConfig(InstallationConfig, environment)
await migrateDatabase(installation, createCatalog(resources))

const seededAt = performance.now()
await seedLedger(environment.DATABASE_URL, size)
await seedFailedJobs(locateQueue(installation), size.failed)
console.log(`Seeded ${size.events} events, ${size.failed} of them failed, in ${seconds(seededAt)} s.`)

const log = createLog({ level: 'error', process: 'bench' })
const { opsPorts } = await runPipeline(environment, scratch.folder, () => log, opened)
const page = opened.use(await startConsole(await configureConsole(environment, scratch.folder), log))
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
for (const [name, port] of Object.entries(opsPorts)) {
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
