import { deliveryOf, userBody } from '@rollcall/testkit/deliveries'
import { BACKENDS } from '@rollcall/testkit/queue'
import { until } from '@rollcall/testkit/wait'
import { createBench } from '@rollcall/worker/test-worker'
import { describe, expect, test } from 'vitest'
import { startProcess } from './process.ts'

const EVENTS = 1_500
const CRASHES = 4

/** Short, so that a test need not wait half a minute for what a dead worker held; a busy machine still renews it in time. */
const LOCK = { JOB_LOCK_MS: '3000' }

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

    for (let crash = 0; crash < CRASHES; crash++) {
      // Small batches, so that there is a middle to be killed in.
      await using worker = startProcess('worker', { ...bench.variables, ...LOCK, BATCH_SIZE: '20' })
      const before = await settled()
      await until(async () => (await settled()) > before, { timeoutMs: 30_000, what: `work after crash ${crash}` })
      expect(await worker.end('SIGKILL')).toBe('SIGKILL')
    }
    expect(await settled()).toBeLessThan(EVENTS)

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
