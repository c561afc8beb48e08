import { deliveryOf, userBody } from '@rollcall/testkit/deliveries'
import { until } from '@rollcall/testkit/wait'
import { createBench, ledgerOf, untilIdle } from '@rollcall/worker/test-worker'
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { startProcess } from '../process.ts'

const EVENTS = 20

/** Short, so that what a worker that stands still has in hand is soon taken over. */
const LOCK = { JOB_LOCK_MS: '1000' }

const T0 = 1_764_000_000_000

test('[O20] what a worker has in hand that stands still in the middle of a transaction is settled by another, once', async () => {
  await using bench = await createBench('redis')
  const { db } = bench.mirror
  const changed = (i: number) =>
    deliveryOf(userBody({ type: 'user.updated', id: 'user_1', occurredAt: T0 + i, updatedAt: T0 + i }), {
      messageId: `msg_${i}`,
    })
  await bench.add([changed(0)])
  await using still = startProcess('worker', { ...bench.variables, ...LOCK })
  await ledgerOf(bench.mirror, 1)

  // It is stopped while it waits for the row, and so has it in an open transaction afterwards.
  await db.transaction().execute(async (transaction) => {
    await sql`select from clerk.users where id = 'user_1' for update`.execute(transaction)
    await bench.add(Array.from({ length: EVENTS }, (_, i) => changed(i + 1)))
    await until(() => isAnyone(`wait_event_type = 'Lock'`), { timeoutMs: 20_000, what: 'it waits for the row' })
    still.signal('SIGSTOP')
  })
  await until(() => isAnyone(`state = 'idle in transaction'`), { timeoutMs: 20_000, what: 'it holds the row' })

  await using other = startProcess('worker', { ...bench.variables, ...LOCK })
  await other.untilLogged('worker.started')
  await ledgerOf(bench.mirror, 1 + EVENTS, 60_000)
  await untilIdle(bench)
  const ledger = () => db.selectFrom('webhook_events').selectAll().orderBy('id').execute()
  const settled = await ledger()

  still.signal('SIGCONT')
  await still.untilLogged('database.errored')
  expect(await other.end('SIGTERM')).toBe(0)
  await bench.add([changed(EVENTS + 1)])
  expect(await ledgerOf(bench.mirror, 2 + EVENTS)).toEqual(expect.arrayContaining(settled.map(asBefore)))
  await untilIdle(bench)
  expect(await still.end('SIGTERM')).toBe(0)

  const all = await ledger()
  expect(all.map(({ id }) => id).toSorted()).toEqual(
    Array.from({ length: EVENTS + 2 }, (_, i) => `msg_${i}`).toSorted(),
  )
  expect(all.filter(({ outcome, attempts }) => outcome === 'failed' || attempts !== 1)).toEqual([])
  const { rows } = await sql`select event_id from clerk.users`.execute(db)
  expect(rows).toEqual([{ event_id: `msg_${EVENTS + 1}` }])

  async function isAnyone(condition: string): Promise<boolean> {
    const { rows } = await sql`
      select from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid() and ${sql.raw(condition)}
        and query like '%users%'`.execute(db)
    return rows.length > 0
  }
})

/** All that a second application would have changed. */
const asBefore = ({
  id,
  outcome,
  applied_at,
  attempts,
}: {
  id: string
  outcome: string
  applied_at: Date
  attempts: number
}) => expect.objectContaining({ id, outcome, applied_at, attempts })
