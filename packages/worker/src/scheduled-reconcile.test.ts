import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRedis } from '@rollcall/queue/redis-client'
import { shardPrefix } from '@rollcall/queue/shards'
import { captureLog } from '@rollcall/testkit/captured-log'
import { startBackendApi } from '@rollcall/testkit/clerk/backend-api'
import { createClerkInstance } from '@rollcall/testkit/clerk/instance'
import { BACKENDS } from '@rollcall/testkit/queue'
import { until } from '@rollcall/testkit/wait'
import { sql } from 'kysely'
import { describe, expect, test } from 'vitest'
import { configureWorker } from './config.ts'
import { createBench, type TestBench } from './test-worker.ts'

/** Every second. */
const SCHEDULE = { reconcile: { schedule: '* * * * * *' } }

const runsOf = async ({ mirror }: TestBench) =>
  (
    await sql<{ started_by: string; outcome: string | null; started_at: Date; finished_at: Date | null }>`
      select started_by, outcome, started_at, finished_at from clerk.reconcile_runs order by id`.execute(mirror.db)
  ).rows

const finished = async (bench: TestBench, count: number) =>
  until(
    async () => {
      const runs = (await runsOf(bench)).filter(({ finished_at }) => finished_at !== null)
      return runs.length >= count ? runs : undefined
    },
    { timeoutMs: 30_000, what: `${count} runs have finished` },
  )

describe.each(BACKENDS)('with the queue on %s', (backend) => {
  test('[K16] several workers compare by the schedule, one at a time, and mend what was lost', async () => {
    let agoMs = 600_000
    const instance = createClerkInstance({ now: () => Date.now() - agoMs })
    instance.seedUsers(20)
    agoMs = 0
    await using clerk = await startBackendApi(instance, { rateLimit: { requests: 10_000, windowMs: 1_000 } })
    await using bench = await createBench(backend)
    const variables = { CLERK_SECRET_KEY: clerk.secretKey, CLERK_API_URL: clerk.url, CLERK_API_RATE_SHARE: '100' }
    const logs = [captureLog(), captureLog()]
    {
      await using _one = await bench.startWorker(logs[0]!.log, variables, SCHEDULE)
      await using _other = await bench.startWorker(logs[1]!.log, variables, SCHEDULE)
      const runs = await finished(bench, 3)
      expect(runs.slice(0, 2)).toMatchObject([
        { started_by: 'schedule', outcome: 'mended' },
        { started_by: 'schedule', outcome: 'agreed' },
      ])
      for (const [i, { started_at }] of runs.entries()) {
        if (i > 0) expect(started_at.getTime()).toBeGreaterThanOrEqual(runs[i - 1]!.finished_at!.getTime())
      }
      const { rows } = await sql`select from clerk.users where deleted_at is null`.execute(bench.mirror.db)
      expect(rows).toHaveLength(20)
    }
    const lines = logs.flatMap((log) => log.lines('reconcile.finished'))
    expect(lines).toContainEqual(expect.objectContaining({ outcome: 'mended', driftedRows: 20, mendedRows: 20 }))
  })
})

test('[K16] a worker whose configuration has no schedule takes back what was planned', async () => {
  await using clerk = await startBackendApi(createClerkInstance({ now: Date.now }))
  await using bench = await createBench('redis')
  const { REDIS_URL, QUEUE_PREFIX } = bench.variables
  await using redis = new AsyncDisposableStack()
  const client = redis.adopt(
    createRedis([REDIS_URL!], () => undefined),
    (opened) => opened.disconnect(),
  )
  const planned = (count: number) =>
    until(async () => (await client.zcard(`${shardPrefix(QUEUE_PREFIX!, 0)}:reconcile:repeat`)) === count, {
      timeoutMs: 20_000,
      what: `${count} schedules are kept`,
    })
  const variables = { CLERK_SECRET_KEY: clerk.secretKey, CLERK_API_URL: clerk.url }
  {
    await using _worker = await bench.startWorker(captureLog().log, variables, { reconcile: { schedule: '0 4 * * *' } })
    await planned(1)
  }
  await planned(1)
  await using _worker = await bench.startWorker(captureLog().log, variables)
  await planned(0)
})

test('[K16] a failure is logged with what to do, and without the key', async () => {
  await using clerk = await startBackendApi(createClerkInstance({ now: Date.now }))
  await using bench = await createBench('redis')
  const captured = captureLog()
  const variables = { CLERK_SECRET_KEY: 'sk_test_of_another', CLERK_API_URL: clerk.url }
  await using _worker = await bench.startWorker(captured.log, variables, SCHEDULE)
  const line = await until(() => captured.lines('reconcile.failed')[0], {
    timeoutMs: 20_000,
    what: 'the failure is logged',
  })
  expect(line).toMatchObject({
    level: 'error',
    error: { code: 'clerk_refused', message: expect.stringContaining('CLERK_SECRET_KEY') },
  })
  expect(JSON.stringify(line)).not.toContain('of_another')
})

test('[K16] [C1] a schedule without a secret key does not start', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'rollcall-schedule-'))
  try {
    await writeFile(join(folder, 'rollcall.config.ts'), "export default { reconcile: { schedule: '0 4 * * *' } }")
    const environment = { DATABASE_URL: 'postgres://localhost/app' }
    await expect(configureWorker(environment, folder)).rejects.toThrow(/CLERK_SECRET_KEY: is not set/)
    const complete = { ...environment, CLERK_SECRET_KEY: 'sk_test_a' }
    await expect(configureWorker(complete, folder)).resolves.toMatchObject({
      settings: { reconcile: { schedule: '0 4 * * *', timezone: 'UTC' } },
    })
  } finally {
    await rm(folder, { recursive: true })
  }
})
