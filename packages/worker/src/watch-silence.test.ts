import { applyBatch } from '@rollcall/mirror/apply'
import { createReading } from '@rollcall/shared/reading'
import { captureLog } from '@rollcall/testkit/captured-log'
import { keepingOf } from '@rollcall/testkit/catalog'
import { startBackendApi } from '@rollcall/testkit/clerk/backend-api'
import { createClerkInstance } from '@rollcall/testkit/clerk/instance'
import { deliveryOf, userBody } from '@rollcall/testkit/deliveries'
import { createTestMirror } from '@rollcall/testkit/mirror'
import { samplesOf } from '@rollcall/testkit/samples'
import { until } from '@rollcall/testkit/wait'
import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createMetrics } from './metrics.ts'
import { createBench, ledgerOf, type TestBench } from './test-worker.ts'
import { startSilenceWatch } from './watch-silence.ts'

const T0 = 1_764_000_000_000

const unreachable = (error: Error) => expect.unreachable(error.message)

const created = (id: string) => userBody({ type: 'user.created', id, occurredAt: T0 })

describe('a worker', () => {
  let bench: TestBench
  beforeAll(async () => {
    bench = await createBench('redis')
  })
  afterAll(() => bench[Symbol.asyncDispose]())
  beforeEach(() => bench.mirror.clear())

  const instance = createClerkInstance({ now: Date.now })
  for (let i = 0; i < 5; i++) instance.createUser()

  test('[Z1] it tells how old the last webhook is, how many users are missing, and what reconciles found and mended', async () => {
    await using clerk = await startBackendApi(instance)
    await bench.add([
      deliveryOf(created('user_1'), { receivedAt: Date.now() - 3_600_000 }),
      deliveryOf({ ...(created('user_2') as object), instance_id: null }, { receivedAt: Date.now() - 60_000 }),
      deliveryOf({ ...(created('user_3') as object), instance_id: 'ins_other' }, { receivedAt: T0 }),
      deliveryOf(userBody({ type: 'user.deleted', id: 'user_4', occurredAt: T0 }), { receivedAt: T0 }),
    ])
    {
      await using _worker = await bench.startWorker(captureLog().log)
      await ledgerOf(bench.mirror, 4)
    }
    await sql`
      insert into clerk.reconcile_runs (finished_at, started_by, dry_run, instance_id, outcome, drifted_rows, mended_rows, drift, error)
      values
        ('2026-01-01', 'schedule', false, 'ins_test', 'mended', 5, 5, '{"user": {"missing": 5}}', null),
        ('2026-01-02', 'schedule', false, 'ins_test', 'mended', 4, 3, '{"user": {"compared": 9, "missing": 3, "gone": 1}}', null),
        ('2026-01-03', 'schedule', false, 'ins_test', 'failed', 1, 1, '{"user": {"older": 1}}', 'clerk_unavailable: no'),
        (null,         'schedule', false, 'ins_test', null, 0, 0, '{}', null)`.execute(bench.mirror.db)

    const variables = { CLERK_SECRET_KEY: clerk.secretKey, CLERK_API_URL: clerk.url }
    await using worker = await bench.startWorker(captureLog().log, variables)
    const text = await until(
      async () => {
        const text = await worker.metrics()
        const isRead = ['rollcall_users', 'rollcall_reconcile_mended_rows_total'].every(
          (name) => Object.keys(samplesOf(text, name)).length > 0,
        )
        return isRead && text
      },
      { timeoutMs: 30_000, what: 'everything has been read' },
    )
    const age = samplesOf(text, 'rollcall_last_webhook_age_seconds')['']!
    expect(age).toBeGreaterThanOrEqual(60)
    expect(age).toBeLessThan(120)
    expect(samplesOf(text, 'rollcall_users')).toEqual({ 'where="mirror"': 2, 'where="clerk"': 5 })
    expect(samplesOf(text, 'rollcall_users_difference')).toEqual({ '': 3 })
    expect(samplesOf(text, 'rollcall_reconcile_mended_rows_total')).toEqual({ '': 9 })
    expect(samplesOf(text, 'rollcall_reconcile_drifted_rows')).toEqual({
      'resource="user",kind="missing"': 3,
      'resource="user",kind="older"': 0,
      'resource="user",kind="changed"': 0,
      'resource="user",kind="gone"': 1,
    })
    expect(samplesOf(text, 'rollcall_reconcile_last_finished_timestamp_seconds')).toEqual({
      'outcome="mended"': Date.parse('2026-01-02') / 1_000,
      'outcome="failed"': Date.parse('2026-01-03') / 1_000,
    })
    expect(clerk.requests.map(({ path }) => path)).toEqual(['/v1/instance', '/v1/users/count'])
  })

  test('[Z2] what is not known has no sample: no webhook yet, no key for Clerk', async () => {
    await using worker = await bench.startWorker(captureLog().log)
    const text = await until(
      async () => {
        const text = await worker.metrics()
        return '' in samplesOf(text, 'rollcall_reconcile_mended_rows_total') && text
      },
      { timeoutMs: 30_000, what: 'reconciles have been read' },
    )
    expect(samplesOf(text, 'rollcall_reconcile_mended_rows_total')).toEqual({ '': 0 })
    for (const name of ['rollcall_last_webhook_age_seconds', 'rollcall_users', 'rollcall_users_difference']) {
      expect(samplesOf(text, name)).toEqual({})
      expect(text).toContain(`# HELP ${name} `)
    }
  })

  test.each(['hang', 'break', { status: 500 }, { status: 401, body: {} }] as const)(
    '[Z3] a Clerk that answers %j holds up no event, no probe and no stop',
    async (fault) => {
      await using clerk = await startBackendApi(instance)
      clerk.answerNext({ with: fault, times: 1_000 })
      const { log, lines } = captureLog()
      const variables = { CLERK_SECRET_KEY: clerk.secretKey, CLERK_API_URL: clerk.url }
      {
        await using worker = await bench.startWorker(log, variables)
        await until(() => clerk.requests.length > 0, { timeoutMs: 30_000, what: 'Clerk is asked' })
        await bench.add([deliveryOf(created('user_1'))])
        await ledgerOf(bench.mirror, 1)
        if (fault !== 'hang')
          await until(() => lines('clerk.errored').length > 0, { timeoutMs: 30_000, what: 'the failure is logged' })
        expect(samplesOf(await worker.metrics(), 'rollcall_users')).toEqual({})
        await until(async () => (await worker.readiness()).ready, { timeoutMs: 30_000, what: 'it is ready' })
      }
      expect(lines('database.errored')).toEqual([])
    },
  )
})

test('[Z2] what could not be renewed in its time is not told any more, and told again once it is read', async () => {
  await using mirror = await createTestMirror()
  const instance = createClerkInstance({ now: Date.now })
  instance.createUser()
  await using clerk = await startBackendApi(instance)
  const metrics = createMetrics()
  const errors: Error[] = []
  const watch = startSilenceWatch({
    mirror,
    config: { CLERK_SECRET_KEY: clerk.secretKey, CLERK_API_URL: clerk.url, CLERK_API_RATE_SHARE: 50 },
    areUsersMirrored: true,
    metrics,
    onDatabaseError: unreachable,
    onClerkError: (error) => errors.push(error),
    pace: { lookMs: 20, countMs: 100, pausePerCount: 0 },
  })
  await using opened = new AsyncDisposableStack()
  opened.defer(() => watch.close())
  const isTold = async () => 'where="clerk"' in samplesOf(await metrics.metrics(), 'rollcall_users')

  await until(isTold, { timeoutMs: 30_000, what: 'Clerk is counted' })
  clerk.answerNext({ with: { status: 401, body: {} }, times: 6 })
  await until(async () => !(await isTold()), { timeoutMs: 30_000, what: 'the count has grown too old' })
  // On a busy machine what was read runs out before Clerk has refused the next question.
  await until(() => errors.length > 0, { timeoutMs: 30_000, what: 'a refusal by Clerk' })
  await until(isTold, { timeoutMs: 30_000, what: 'Clerk is counted again' })

  const receivedAt = Date.now() - 5_000
  await applyBatch(
    mirror,
    [{ delivery: deliveryOf(created('user_1'), { receivedAt }), attempts: 1 }],
    keepingOf(mirror.catalog),
  )
  const age = async () => samplesOf(await metrics.metrics(), 'rollcall_last_webhook_age_seconds')['']
  await until(async () => (await age())! >= 5, { timeoutMs: 30_000, what: 'a webhook is noticed' })
})

test('[Z2] a reading is told until its time is up', () => {
  let now = 0
  const reading = createReading<number>(() => now)
  expect(reading.fresh()).toBeUndefined()
  reading.set(7, 100)
  now = 100
  expect(reading.fresh()).toBe(7)
  now = 101
  expect(reading.fresh()).toBeUndefined()
})

test('[Z3] without users in the mirror nothing is asked of Clerk', async () => {
  await using mirror = await createTestMirror()
  await using clerk = await startBackendApi(createClerkInstance({ now: Date.now }))
  const metrics = createMetrics()
  const watch = startSilenceWatch({
    mirror,
    config: { CLERK_SECRET_KEY: clerk.secretKey, CLERK_API_URL: clerk.url, CLERK_API_RATE_SHARE: 50 },
    areUsersMirrored: false,
    metrics,
    onDatabaseError: unreachable,
    onClerkError: unreachable,
    pace: { lookMs: 1, countMs: 1, pausePerCount: 0 },
  })
  await until(async () => '' in samplesOf(await metrics.metrics(), 'rollcall_reconcile_mended_rows_total'), {
    timeoutMs: 30_000,
    what: 'reconciles have been read',
  })
  await watch.close()
  expect(clerk.requests).toEqual([])
})
