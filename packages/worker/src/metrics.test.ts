import { applyBatch, type Settlement } from '@rollcall/mirror/apply'
import { discardFailures } from '@rollcall/mirror/discard-failures'
import { PipelineError } from '@rollcall/shared/errors'
import { captureLog } from '@rollcall/testkit/captured-log'
import { keepingOf } from '@rollcall/testkit/catalog'
import { deliveryOf, userBody } from '@rollcall/testkit/deliveries'
import { createTestMirror } from '@rollcall/testkit/mirror'
import { samplesOf } from '@rollcall/testkit/samples'
import { until } from '@rollcall/testkit/wait'
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { countFailedAttempt, countSettled, createMetrics } from './metrics.ts'
import { createBench } from './test-worker.ts'
import { startFailureWatch } from './watch-failures.ts'

const T0 = 1_764_000_000_000
const PATIENCE_MS = 30_000

const settlement = (over: Partial<Settlement>): Settlement => ({
  outcome: 'applied',
  error: undefined,
  isErased: false,
  type: 'user.created',
  entityId: 'user_a',
  instanceId: null,
  occurredAt: T0,
  erases: false,
  ...over,
})

test('[P3] event types that Clerk does not document are one, however many are made up', async () => {
  const metrics = createMetrics()
  const error = new PipelineError('unexpected', 'no')
  for (let i = 0; i < 50; i++) {
    countSettled(metrics, settlement({ type: `robot.made_up_${i}`, outcome: 'ignored' }), T0, T0)
    countFailedAttempt(metrics, deliveryOf({ type: `robot.made_up_${i}` }), error)
  }
  countFailedAttempt(metrics, deliveryOf('garbage'), error)
  countFailedAttempt(metrics, deliveryOf({ type: 'user.updated' }), error)
  countSettled(metrics, settlement({ type: null, outcome: 'failed', error }), T0, T0)
  const text = await metrics.metrics()
  expect(samplesOf(text, 'rollcall_events_settled_total')).toEqual({
    'type="other",outcome="ignored"': 50,
    'type="other",outcome="failed"': 1,
  })
  expect(samplesOf(text, 'rollcall_events_failed_total')).toEqual({ 'type="other",code="unexpected"': 1 })
  expect(samplesOf(text, 'rollcall_event_attempts_failed_total')).toEqual({
    'type="other",code="unexpected"': 51,
    'type="user.updated",code="unexpected"': 1,
  })
})

test('[P6] lag is told of what was committed just now: of no duplicate, no failure, and never less than nothing', async () => {
  const metrics = createMetrics()
  const now = T0 + 40 * 60_000
  countSettled(metrics, settlement({}), now - 2_000, now)
  countSettled(metrics, settlement({ outcome: 'stale', occurredAt: now + 500 }), now + 100, now)
  countSettled(metrics, settlement({ outcome: 'duplicate' }), now, now)
  countSettled(metrics, settlement({ outcome: 'failed', error: new PipelineError('row_rejected', 'no') }), now, now)
  const text = await metrics.metrics()
  expect(samplesOf(text, 'rollcall_event_lag_seconds_count')).toEqual({ '': 2 })
  expect(samplesOf(text, 'rollcall_event_lag_seconds_sum')).toEqual({ '': 2_400 })
  expect(samplesOf(text, 'rollcall_event_lag_seconds_bucket')).toMatchObject({
    'le="0.01"': 1,
    'le="900"': 1,
    'le="3600"': 2,
  })
  expect(samplesOf(text, 'rollcall_event_settle_seconds_sum')).toEqual({ '': 2 })
})

test('[P7] failures are told until they are discarded', async () => {
  await using opened = new AsyncDisposableStack()
  const mirror = opened.use(await createTestMirror())
  await applyBatch(
    mirror,
    [{ delivery: deliveryOf('garbage', { messageId: 'msg_1' }), attempts: 1 }],
    keepingOf(mirror.catalog),
  )
  const metrics = createMetrics()
  const watch = startFailureWatch({
    mirror,
    metrics,
    onError: (error) => expect.unreachable(error.message),
    lookMs: 20,
  })
  opened.defer(() => watch.close())
  const unresolved = async () => samplesOf(await metrics.metrics(), 'rollcall_failures_unresolved')
  const isTold = async () => {
    const told = await unresolved()
    return told['what="event"'] === 1 && told
  }
  expect(await until(isTold, { timeoutMs: PATIENCE_MS, what: 'it is told' })).toEqual({
    'what="event"': 1,
    'what="handler"': 0,
  })
  await discardFailures(mirror.db, ['msg_1'])
  await until(async () => (await unresolved())['what="event"'] === 0, {
    timeoutMs: PATIENCE_MS,
    what: 'it is resolved',
  })
})

test('[P7] it tells whether Postgres takes what is written, and which attempts wait for that', async () => {
  await using bench = await createBench('redis')
  await using worker = await bench.startWorker(captureLog().log)
  const samples = async (name: string) => samplesOf(await worker.metrics(), name)
  const available = (expected: number) =>
    until(async () => (await samples('rollcall_database_available'))[''] === expected, {
      timeoutMs: PATIENCE_MS,
      what: `the database is told as ${expected}`,
    })
  await available(1)
  await sql`alter table clerk.users rename to users_away`.execute(bench.mirror.db)
  await bench.add([deliveryOf(userBody({ type: 'user.created', id: 'user_a', occurredAt: T0 }))])
  const attempts = await until(async () => Object.entries(await samples('rollcall_event_attempts_failed_total'))[0], {
    timeoutMs: PATIENCE_MS,
    what: 'an attempt fails',
  })
  expect(attempts).toEqual(['type="user.created",code="schema_mismatch"', expect.any(Number)])
  await available(0)
  expect(await samples('rollcall_events_settled_total')).toEqual({})
  await sql`alter table clerk.users_away rename to users`.execute(bench.mirror.db)
  await available(1)
  await until(
    async () => (await samples('rollcall_events_settled_total'))['type="user.created",outcome="applied"'] === 1,
    { timeoutMs: PATIENCE_MS, what: 'the event is applied' },
  )
})
