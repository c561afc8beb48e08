import { captureLog } from '@rollcall/testkit/captured-log'
import { deliveryOf, userBody } from '@rollcall/testkit/deliveries'
import { until } from '@rollcall/testkit/wait'
import { createBench, ledgerOf, type TestBench, untilIdle } from '@rollcall/worker/test-worker'
import { sql } from 'kysely'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { startProcess } from '../process.ts'

const EVENTS = 300

/** A few at a time, so that many batches want the lock; and locks that let another soon take over what a stopped worker had. */
const SMALL = { BATCH_SIZE: '20', JOB_LOCK_MS: '2000' }

const T0 = 1_764_000_000_000

let bench: TestBench
beforeEach(async () => {
  bench = await createBench('redis')
})
afterEach(() => bench[Symbol.asyncDispose]())

test('[O38] [S1] a worker that waits for a lock stops within its grace, and another settles what it had in hand', async () => {
  const somebody = await lockUsers()
  await bench.add(allEvents)
  {
    await using worker = startProcess('worker', { ...bench.variables, ...SMALL, SHUTDOWN_GRACE_MS: '1000' })
    await until(async () => (await waiting()).length > 0, { timeoutMs: 60_000, what: 'it waits for the lock' })
    expect(await worker.end('SIGTERM')).toBe(1)
    expect(worker.lines.at(-1)).toMatchObject({ msg: 'shutdown.overran' })
  }
  await somebody.rollback().execute()
  await using _other = await bench.startWorker(captureLog().log, SMALL)
  await expectNothingLost()
})

test('[O38] [O35] a table that somebody holds for longer than anybody waits costs time and nothing else', async () => {
  const { log, lines } = captureLog()
  await using worker = await bench.startWorker(log, SMALL)
  const somebody = await lockUsers()
  await bench.add(allEvents)
  const before = await until(async () => (await waiting()).length > 0 && waiting(), {
    timeoutMs: 20_000,
    what: 'it waits for the lock',
  })
  await until(() => lines('consumption.paused').length > 0, { timeoutMs: 90_000, what: 'it gives up' })
  expect(lines('consumption.paused')[0]).toMatchObject({
    level: 'warn',
    error: { code: 'database_unavailable', message: expect.stringContaining('no answer') },
  })
  // What was given up does not wait on, or each try would take Postgres a connection for as long as the lock is held.
  const areGone = async () => (await waiting()).every((pid) => !before.includes(pid))
  await until(areGone, { timeoutMs: 20_000, what: 'nobody waits in vain' })
  expect((await worker.readiness()).checks.queue).toMatchObject({ status: 'passed' })
  expect(await worker.metrics()).toContain('rollcall_database_')

  await somebody.rollback().execute()
  await expectNothingLost()
  await until(async () => (await worker.readiness()).ready, { timeoutMs: 20_000, what: 'it is ready' })
})

async function lockUsers() {
  const somebody = await bench.mirror.db.startTransaction().execute()
  await sql`lock table clerk.users in access exclusive mode`.execute(somebody)
  return somebody
}

/** Those that wait for it. */
async function waiting(): Promise<readonly number[]> {
  const { rows } = await sql<{ pid: number }>`
    select pid from pg_locks where not granted and relation = 'clerk.users'::regclass`.execute(bench.mirror.db)
  return rows.map(({ pid }) => pid)
}

async function expectNothingLost(): Promise<void> {
  const ledger = await ledgerOf(bench.mirror, EVENTS, 60_000)
  expect(ledger.filter(({ outcome, attempts }) => outcome === 'failed' || attempts > 1)).toEqual([])
  const { rows } = await sql`select event_id from clerk.users`.execute(bench.mirror.db)
  expect(rows).toEqual([{ event_id: messageId(EVENTS - 1) }])
  await untilIdle(bench)
}

const messageId = (i: number) => `msg_${String(i).padStart(3, '0')}`

const allEvents = Array.from({ length: EVENTS }, (_, i) =>
  deliveryOf(userBody({ type: 'user.updated', id: 'user_1', occurredAt: T0 + i, updatedAt: T0 + i }), {
    messageId: messageId(i),
  }),
)
