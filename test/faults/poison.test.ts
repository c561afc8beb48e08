import { captureLog } from '@rollcall/testkit/captured-log'
import { deliveryOf, userBody } from '@rollcall/testkit/deliveries'
import { samplesOf } from '@rollcall/testkit/samples'
import { until } from '@rollcall/testkit/wait'
import { createBench, untilIdle } from '@rollcall/worker/test-worker'
import { sql } from 'kysely'
import { expect, test } from 'vitest'

const T0 = 1_764_000_000_000

const SIZE = 8

/** Where in a batch of 8 they are. */
const POSITIONS: Readonly<Record<string, readonly number[]>> = {
  first: [0],
  'in the middle': [3],
  last: [7],
  'two beside each other': [3, 4],
  'first and last': [0, 7],
  'every other one': [0, 2, 4, 6],
  'all but one': [0, 1, 2, 3, 4, 6, 7],
  all: [0, 1, 2, 3, 4, 5, 6, 7],
}

/** One batch after the other, each with poison in one of the positions. */
const BATCHES = Object.entries(POSITIONS).map(([where, poisoned]) => {
  const id = (i: number) => `user_${where.replaceAll(' ', '_')}_${i}`
  const all = Array.from({ length: SIZE }, (_, i) => i)
  return {
    where,
    ids: all.map(id),
    poison: poisoned.map(id),
    harmless: all.filter((i) => !poisoned.includes(i)).map(id),
  }
})

const messageOf = (id: string) => `msg_${id}`

/** A worker that has one batch of so many in hand, and a table that refuses whom an event calls Poison. */
async function open(opened: AsyncDisposableStack, refuse: string) {
  const bench = opened.use(await createBench('redis'))
  await sql.raw(refuse).execute(bench.mirror.db)
  const size = { BATCH_SIZE: String(SIZE), BATCHES_IN_FLIGHT: '1' }
  const worker = opened.use(await bench.startWorker(captureLog().log, size))
  const add = (ids: readonly string[], poison: readonly string[]) =>
    bench.add(
      ids.map((id) => {
        const fields = { first_name: poison.includes(id) ? 'Poison' : 'Ada' }
        const event = { type: 'user.created', id, occurredAt: T0, updatedAt: T0, fields } as const
        return deliveryOf(userBody(event), { messageId: messageOf(id) })
      }),
    )
  const settled = async (ids: readonly string[], where: string) =>
    until(
      async () => {
        const rows = await bench.mirror.db.selectFrom('webhook_events').select(['id', 'outcome', 'attempts']).execute()
        const those = rows.filter((row) => ids.some((id) => messageOf(id) === row.id))
        return those.length === ids.length && those
      },
      { timeoutMs: 30_000, what: `${ids} are settled, poison ${where}` },
    )
  return { bench, worker, add, settled }
}

test("[B4] [F3] events that Postgres refuses fail alone, wherever they stand in a worker's batch", async () => {
  await using opened = new AsyncDisposableStack()
  const refuse = "alter table clerk.users add constraint no_poison check (first_name <> 'Poison')"
  const { bench, worker, add, settled } = await open(opened, refuse)
  for (const [n, { where, ids, poison, harmless }] of BATCHES.entries()) {
    await add(ids, poison)
    for (const row of await settled(harmless, where)) expect(row).toMatchObject({ outcome: 'applied', attempts: 1 })
    for (const row of await settled(poison, where)) expect(row).toMatchObject({ outcome: 'failed', attempts: 1 })
    await untilIdle(bench)
    const metrics = await worker.metrics()
    expect(samplesOf(metrics, 'rollcall_batch_events_count'), 'they came as one batch').toEqual({ '': n + 1 })
  }
  const failed = (await bench.queue.jobs()).map((job) => job.id).toSorted()
  expect(failed).toEqual(BATCHES.flatMap(({ poison }) => poison.map(messageOf)).toSorted())
  const users = await sql<{ id: string }>`select id from clerk.users order by id`.execute(bench.mirror.db)
  expect(users.rows.map(({ id }) => id).toSorted()).toEqual(BATCHES.flatMap(({ harmless }) => harmless).toSorted())
})

test('[B4] [F4] events of which nobody knows why they fail wait alone, and are applied once they can be', async () => {
  await using opened = new AsyncDisposableStack()
  const { bench, add, settled } = await open(
    opened,
    `create function clerk.trip() returns trigger language plpgsql as
       'begin if new.first_name = ''Poison'' then raise exception ''nobody knows''; end if; return new; end';
     create trigger trip before insert or update on clerk.users for each row execute function clerk.trip()`,
  )
  for (const { where, ids, poison, harmless } of BATCHES) {
    await add(ids, poison)
    for (const row of await settled(harmless, where)) expect(row).toMatchObject({ outcome: 'applied', attempts: 1 })
    const waits = async () => {
      const jobs = (await bench.queue.jobs()).filter(({ id }) => poison.some((each) => messageOf(each) === id))
      return jobs.length === poison.length && jobs.every(({ attemptsMade }) => attemptsMade > 0)
    }
    await until(waits, { timeoutMs: 30_000, what: `poison ${where} waits for its next attempt` })
  }
  await sql`drop trigger trip on clerk.users`.execute(bench.mirror.db)
  for (const { where, poison } of BATCHES) {
    for (const { outcome, attempts } of await settled(poison, where)) {
      expect(outcome).toBe('applied')
      expect(attempts).toBeGreaterThan(1)
    }
  }
  await untilIdle(bench)
})
