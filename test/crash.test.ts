import { deliveryOf, userBody } from '@rollcall/testkit/deliveries'
import { BACKENDS } from '@rollcall/testkit/queue'
import { until } from '@rollcall/testkit/wait'
import { createBench, ledgerOf } from '@rollcall/worker/test-worker'
import { sql } from 'kysely'
import { describe, expect, test } from 'vitest'
import { startProcess } from './process.ts'
import { TAKE_NO_MORE_TIME, takeTime } from './take-time.ts'

const EVENTS = 1_000
const CRASHES = 4

/** Short, so that a test need not wait half a minute for what a dead worker held; a busy machine still renews it in time. */
const LOCK = { JOB_LOCK_MS: '3000' }

/** For a worker with a single job in hand. */
const SHORT_LOCK = { JOB_LOCK_MS: '1000' }

describe.each(BACKENDS)('with the queue on %s', (backend) => {
  test(`[O2] a worker killed ${CRASHES} times in the middle of its work loses nothing and spends no attempt`, async () => {
    await using bench = await createBench(backend)
    const T0 = 1_764_000_000_000
    await bench.add(
      Array.from({ length: EVENTS }, (_, i) =>
        deliveryOf(userBody({ type: 'user.created', id: `user_${i}`, occurredAt: T0, updatedAt: T0 })),
      ),
    )
    const settled = async () =>
      Number(
        (
          await bench.mirror.db
            .selectFrom('webhook_events')
            .select((e) => e.fn.countAll().as('count'))
            .executeTakeFirstOrThrow()
        ).count,
      )

    await sql.raw(takeTime(0.2)).execute(bench.mirror.db)
    for (let crash = 0; crash < CRASHES; crash++) {
      // Small batches, so that there is a middle to be killed in.
      await using worker = startProcess('worker', { ...bench.variables, ...LOCK, BATCH_SIZE: '20' })
      const before = await settled()
      await until(async () => (await settled()) > before, { timeoutMs: 30_000, what: `work after crash ${crash}` })
      expect(await worker.end('SIGKILL')).toBe('SIGKILL')
    }
    expect(await settled()).toBeLessThan(EVENTS)
    await sql.raw(TAKE_NO_MORE_TIME).execute(bench.mirror.db)

    await using _last = startProcess('worker', { ...bench.variables, ...LOCK })
    await until(async () => (await settled()) === EVENTS, { timeoutMs: 60_000, what: 'every event is settled' })
    const outcomes = await bench.mirror.db
      .selectFrom('webhook_events')
      .select(['outcome', 'attempts'])
      .distinct()
      .execute()
    expect(outcomes).toEqual([{ outcome: 'applied', attempts: 1 }])
    await until(async () => (await bench.queue.jobs()).length === 0, { timeoutMs: 30_000, what: 'the queue is empty' })
  })

  test('[O2] a job that every worker dies of so far is taken up again, and applied by the first that lives', async () => {
    await using bench = await createBench(backend)
    await bench.add([deliveryOf(userBody({ type: 'user.created', id: 'user_1', occurredAt: 1_764_000_000_000 }))])
    const startsOf = async () => (await bench.queue.jobs())[0]?.attemptsStarted ?? 0

    // A lock on the table keeps the job in the hands of each worker until it is killed.
    await bench.mirror.db.transaction().execute(async (transaction) => {
      await sql`lock table clerk.users in access exclusive mode`.execute(transaction)
      for (let crash = 1; crash <= CRASHES; crash++) {
        await using worker = startProcess('worker', { ...bench.variables, ...SHORT_LOCK })
        await until(async () => (await startsOf()) === crash, {
          timeoutMs: 20_000,
          what: `it is taken up, time ${crash}`,
        })
        await worker.end('SIGKILL')
      }
    })

    await using _living = startProcess('worker', { ...bench.variables, ...SHORT_LOCK })
    expect(await ledgerOf(bench.mirror, 1)).toMatchObject([{ outcome: 'applied', attempts: 1 }])
  })

  test('[O3] told to stop while Postgres takes nothing, a worker gives back what it holds and exits 0', async () => {
    await using bench = await createBench(backend)
    await using worker = startProcess('worker', {
      ...bench.variables,
      ...LOCK,
      DATABASE_URL: bench.variables.DATABASE_URL!,
    })
    await worker.untilLogged('worker.started')
    await bench.mirror.db.schema.alterTable('clerk.users').renameTo('users_away').execute()
    await bench.add([deliveryOf(userBody({ type: 'user.created', id: 'user_1', occurredAt: 1_764_000_000_000 }))])
    await worker.untilLogged('consumption.paused')

    expect(await worker.end('SIGTERM')).toBe(0)
    expect(worker.stderr).toBe('')
    expect(await bench.queue.jobs()).toMatchObject([{ state: 'waiting', attemptsMade: 0 }])
  })
})
