import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { applyBatch } from '@rollcall/mirror/apply'
import { METRICS, type Metric, type MetricsProcess } from '@rollcall/shared/metrics'
import { captureLog } from '@rollcall/testkit/captured-log'
import { keepingOf } from '@rollcall/testkit/catalog'
import { startBackendApi } from '@rollcall/testkit/clerk/backend-api'
import { createClerkInstance } from '@rollcall/testkit/clerk/instance'
import { deliveryOf } from '@rollcall/testkit/deliveries'
import { ensurePrometheus } from '@rollcall/testkit/install-prometheus'
import { createTestMirror, type TestMirror } from '@rollcall/testkit/mirror'
import { startOwnRedis } from '@rollcall/testkit/own-redis'
import { BACKENDS } from '@rollcall/testkit/queue'
import { settingsOf } from '@rollcall/testkit/settings'
import { until } from '@rollcall/testkit/wait'
import { sql } from 'kysely'
import { beforeAll, expect, test } from 'vitest'
import { type Pipeline, startPipeline } from './pipeline.ts'

beforeAll(ensurePrometheus, 600_000)

/** The receiver looks at its queue every five seconds. */
const PATIENCE_MS = 60_000

const EVENTS = [
  { type: 'user.created', data: { id: 'user_1' } },
  { type: 'organization.created', data: { id: 'org_1', name: 'Acme', slug: 'acme' } },
  { type: 'robot.created', data: { id: 'robot_1' } },
  'garbage',
].map((event) => (typeof event === 'string' ? event : { ...event, object: 'event', timestamp: Date.now() }))

const settings = settingsOf({ handlers: { 'user.created': () => Promise.resolve() } })

test.each(BACKENDS)(
  '[P1] with the queue on %s every metric is told under its labels, and promtool finds no fault',
  {
    timeout: 300_000,
  },
  async (backend) => {
    await using mirror = await createTestMirror({ session: backend === 'postgres' })
    await using redis = backend === 'redis' ? await startOwnRedis({ maxmemory: '512mb' }) : undefined
    const instance = createClerkInstance({ now: Date.now })
    await using clerk = await startBackendApi(instance)
    await tellOfThePast(mirror)
    await forbidOrganizations(mirror)
    await using pipeline = await startPipeline(
      {
        DATABASE_URL: mirror.databaseUrl,
        CLERK_SECRET_KEY: clerk.secretKey,
        CLERK_API_URL: clerk.url,
        ...(redis && { REDIS_URL: redis.url }),
      },
      captureLog().log,
      settings,
    )
    for (const [i, event] of EVENTS.entries()) await pipeline.send(event, `msg_${i}`)

    const absent = backend === 'redis' ? [] : Object.keys(METRICS).filter((name) => name.startsWith('rollcall_redis_'))
    for (const process of ['receiver', 'worker'] as const) {
      const expected = expectedOf(process).filter((line) => !absent.some((name) => line.startsWith(`${name} `)))
      const isTold = async () => {
        expect(seriesIn(await scrape(pipeline, process))).toEqual(expected)
        return true
      }
      await until(isTold, { timeoutMs: PATIENCE_MS, what: `all that the ${process} tells` })
      expect(await faultsOf(await scrape(pipeline, process))).toBe('')
    }
    expect(await scrape(pipeline, 'worker')).toContain(
      'rollcall_event_attempts_failed_total{type="organization.created",code="unexpected"} ',
    )
  },
)

/** A failed event, and a reconcile: the worker reads of them when it starts, and then only now and then. */
async function tellOfThePast(mirror: TestMirror): Promise<void> {
  const delivery = deliveryOf('garbage', { receivedAt: Date.now() })
  await applyBatch(mirror, [{ delivery, attempts: 1 }], keepingOf(mirror.catalog))
  await sql`
    insert into clerk.reconcile_runs (finished_at, started_by, dry_run, instance_id, outcome, drifted_rows, mended_rows, drift)
    values (now(), 'schedule', false, 'ins_test', 'mended', 5, 5, '{"user": {"missing": 5}}')`.execute(mirror.db)
}

/** A failure with an SQLSTATE (P0001) that means nothing to us, and so costs an attempt. */
async function forbidOrganizations({ db }: TestMirror): Promise<void> {
  await sql`create function clerk.forbid() returns trigger language plpgsql as $$ begin raise 'no'; end $$`.execute(db)
  await sql`
    create trigger forbid before insert on clerk.organizations for each row execute function clerk.forbid()`.execute(db)
}

async function scrape(pipeline: Pipeline, process: MetricsProcess): Promise<string> {
  return (await fetch(`http://127.0.0.1:${pipeline.opsPorts[process]}/metrics`)).text()
}

/** What a process should tell: `<metric> <its labels>`. */
const expectedOf = (process: MetricsProcess): readonly string[] =>
  Object.entries<Metric>(METRICS)
    .filter(([, { toldBy }]) => toldBy.includes(process))
    .map(([name, { labels }]) => `${name} ${Object.keys(labels).join()}`)
    .sort()

/** Those of which there are samples, the same way. Of a histogram its count stands for it. */
function seriesIn(text: string): readonly string[] {
  const histograms = new Set([...text.matchAll(/^# TYPE (\w+) histogram$/gm)].map(([, name]) => name!))
  const series = [...text.matchAll(/^(rollcall_\w+?)(?:\{(.*)\})? \S+$/gm)].flatMap(([, sample, labels = '']) => {
    const name = histograms.has(sample!.replace(/_(bucket|sum|count)$/, ''))
      ? /^(.*)_count$/.exec(sample!)?.[1]
      : sample
    const names = [...labels.matchAll(/(\w+)="/g)].map(([, label]) => label)
    return name === undefined ? [] : [`${name} ${names.join()}`]
  })
  return [...new Set(series)].sort()
}

/** What `promtool check metrics` has to say. */
async function faultsOf(text: string): Promise<string> {
  const checking = promisify(execFile)('promtool', ['check', 'metrics'])
  checking.child.stdin!.end(text)
  const { stdout, stderr } = await checking.catch((error) => error)
  return `${stdout}${stderr}`
}
