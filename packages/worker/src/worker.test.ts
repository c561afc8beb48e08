import { captureLog } from '@rollcall/testkit/captured-log'
import { deliveryOf, userBody } from '@rollcall/testkit/deliveries'
import { BACKENDS } from '@rollcall/testkit/queue'
import { until } from '@rollcall/testkit/wait'
import { sql } from 'kysely'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createBench, ledgerOf, type TestBench, untilIdle } from './test-worker.ts'

const T0 = 1_764_000_000_000
const created = (id: string) =>
  userBody({ type: 'user.created', id, occurredAt: T0, updatedAt: T0, fields: { first_name: 'Ada' } })

describe.each(BACKENDS)('the worker, with its queue on %s', (backend) => {
  let bench: TestBench
  beforeEach(async () => {
    bench = await createBench(backend)
  })
  afterEach(() => bench[Symbol.asyncDispose]())

  test('[W1] takes what is on the queue, and leaves an outcome for each in the ledger', async () => {
    const { log, lines } = captureLog()
    await using _worker = await bench.startWorker(log)
    await bench.add([
      deliveryOf(created('user_a'), { messageId: 'msg_1' }),
      deliveryOf('garbage', { messageId: 'msg_2' }),
      deliveryOf({ type: 'robot.created', timestamp: T0, data: {} }, { messageId: 'msg_3' }),
    ])
    const ledger = await ledgerOf(bench.mirror, 3)
    expect(ledger.map(({ id, outcome, attempts }) => [id, outcome, attempts])).toEqual([
      ['msg_1', 'applied', 1],
      ['msg_2', 'failed', 1],
      ['msg_3', 'ignored', 1],
    ])
    await untilIdle(bench)
    expect(await bench.queue.jobs()).toMatchObject([{ id: 'msg_2', state: 'failed' }])

    const logged = await until(() => lines('event.settled').length === 3 && lines('event.settled'), {
      timeoutMs: 5_000,
      what: 'three lines',
    })
    expect(logged.find((line) => line.messageId === 'msg_1')).toMatchObject({
      type: 'user.created',
      entityId: 'user_a',
      outcome: 'applied',
      attempts: 1,
    })
  })

  test('[D2] a message delivered again after its job failed runs again', async () => {
    await using _worker = await bench.startWorker(captureLog().log)
    await bench.add([deliveryOf('garbage', { messageId: 'msg_1' })])
    await ledgerOf(bench.mirror, 1)
    await untilIdle(bench)

    await bench.add([deliveryOf('garbage', { messageId: 'msg_1' })])
    await until(async () => (await ledgerOf(bench.mirror, 1))[0]!.attempts === 2, {
      timeoutMs: 20_000,
      what: 'a second attempt',
    })
    await untilIdle(bench)
  })

  test('[D1] a message delivered again after it was applied changes nothing but its count', async () => {
    const { log, lines } = captureLog()
    await using _worker = await bench.startWorker(log)
    const delivery = deliveryOf(created('user_a'))
    await bench.add([delivery])
    const [before] = await ledgerOf(bench.mirror, 1)
    await untilIdle(bench)

    await bench.add([delivery])
    await until(() => lines('event.settled').some((line) => line.outcome === 'duplicate'), {
      timeoutMs: 20_000,
      what: 'a duplicate',
    })
    expect(await ledgerOf(bench.mirror, 1)).toEqual([{ ...before, duplicates: 1, duplicate_at: expect.any(Date) }])
  })

  test('[F4] a failure that nobody understands is tried again after a pause, and spends an attempt', async () => {
    await forbidNames(bench)
    const { log, lines } = captureLog()
    await using _worker = await bench.startWorker(log)
    await bench.add([deliveryOf(created('user_a'))])
    const isDelayed = async () => (await bench.queue.jobs()).find((job) => job.state === 'delayed')
    const { attemptsMade } = await until(isDelayed, { timeoutMs: 20_000, what: 'the job is delayed' })
    expect(attemptsMade).toBeGreaterThan(0) // on a slow machine it has been tried again meanwhile

    await sql`drop function clerk.forbid() cascade`.execute(bench.mirror.db)
    const [settled] = await ledgerOf(bench.mirror, 1)
    const tries = lines('event.postponed').map(({ attempts }) => attempts)
    expect(tries, 'each try spends one').toEqual(Array.from(tries, (_, i) => i + 1))
    expect(settled).toMatchObject({ outcome: 'applied', attempts: tries.length + 1 })
  })

  test('[F5] without the permission to write it consumes nothing, says so, and goes on by itself when mended', async () => {
    await using role = await createRole(bench)
    await using worker = await bench.startWorker(captureLog().log, { DATABASE_URL: role.url })
    await until(async () => (await worker.readiness()).ready, { timeoutMs: 20_000, what: 'the worker is ready' })

    await role.execute('revoke insert on clerk.users from')
    await bench.add([deliveryOf(created('user_a'))])
    const unready = await until(
      async () => {
        const state = await worker.readiness()
        return state.checks.database?.status === 'failed' && state
      },
      { timeoutMs: 20_000, what: 'the worker is not ready' },
    )
    expect(unready.checks.database).toMatchObject({
      status: 'failed',
      message: expect.stringMatching(/^permission_denied since /),
    })

    await role.execute('grant insert on clerk.users to')
    expect(await ledgerOf(bench.mirror, 1)).toMatchObject([{ outcome: 'applied', attempts: 1 }])
    await until(async () => (await worker.readiness()).ready, { timeoutMs: 20_000, what: 'the worker is ready again' })
  })

  test('[M4] meeting an older schema it waits, unready, and says so; it consumes once the schema is there', async () => {
    await sql`delete from clerk.migrations where id = 'user/0001_users'`.execute(bench.mirror.db)
    await bench.add([deliveryOf(created('user_a'))])
    await using worker = await bench.startWorker(captureLog().log)
    const says = async () => (await worker.readiness()).checks.database?.message
    await until(async () => (await says())?.endsWith('schema clerk lacks user/0001_users. Run `rollcall migrate`.'), {
      timeoutMs: 20_000,
      what: 'it says what the schema lacks',
    })
    expect((await worker.readiness()).ready).toBe(false)
    expect(await bench.queue.jobs()).toMatchObject([{ state: 'waiting' }])

    await sql`insert into clerk.migrations (id, checksum) values ('user/0001_users', 'as applied')`.execute(
      bench.mirror.db,
    )
    expect(await ledgerOf(bench.mirror, 1)).toMatchObject([{ outcome: 'applied', attempts: 1 }])
  })

  test('[W7] only events of CLERK_INSTANCE_ID are applied; others are counted, and told of in one line', async () => {
    const { log, lines } = captureLog()
    await using worker = await bench.startWorker(log, { CLERK_INSTANCE_ID: 'ins_other, ins_test' })
    const strange = (i: number) =>
      deliveryOf({ type: 'user.created', timestamp: T0, instance_id: 'ins_strange', data: { id: `user_${i}` } })
    await bench.add([deliveryOf(created('user_a')), ...Array.from({ length: 20 }, (_, i) => strange(i))])
    const outcomes = (await ledgerOf(bench.mirror, 21)).map(({ outcome, body }) => [outcome, body])
    expect(outcomes.filter(([outcome]) => outcome === 'refused')).toEqual(Array(20).fill(['refused', null]))
    expect(outcomes.filter(([outcome]) => outcome === 'applied')).toHaveLength(1)
    await untilIdle(bench)

    expect(lines('events.refused')).toMatchObject([{ level: 'warn', instanceId: 'ins_strange', refused: 1 }])
    expect(lines('event.settled').map(({ outcome }) => outcome)).toEqual(['applied'])
    const metrics = await worker.metrics()
    expect(metrics).toContain('rollcall_events_settled_total{type="user.created",outcome="refused"} 20\n')
    expect(metrics).toContain('rollcall_events_settled_total{type="user.created",outcome="applied"} 1\n')
  })

  test('[W7] without it `instance_id` tells rows apart', async () => {
    await using _worker = await bench.startWorker(captureLog().log)
    const of = (instance_id: string, id: string) =>
      deliveryOf({ type: 'user.created', timestamp: T0, instance_id, data: { id } })
    await bench.add([of('ins_a', 'user_a'), of('ins_b', 'user_b')])
    await ledgerOf(bench.mirror, 2)
    const { rows } = await sql`select id, instance_id from clerk.users order by id`.execute(bench.mirror.db)
    expect(rows).toEqual([
      { id: 'user_a', instance_id: 'ins_a' },
      { id: 'user_b', instance_id: 'ins_b' },
    ])
  })

  test('[W6] [D3] of a resource that is switched off no body is kept; else `eventBodies` of the configuration file holds', async () => {
    await using _worker = await bench.startWorker(
      captureLog().log,
      {},
      { resources: { email: false }, eventBodies: 'all' },
    )
    const email = { type: 'email.created', timestamp: T0, data: { id: 'ema_1', body: '123456 is your code' } }
    await bench.add([deliveryOf(created('user_a'), { messageId: 'msg_1' }), deliveryOf(email, { messageId: 'msg_2' })])
    expect(await ledgerOf(bench.mirror, 2)).toMatchObject([
      { outcome: 'applied', entity_id: 'user_a', body: { type: 'user.created' } },
      { outcome: 'ignored', resource: 'email', entity_id: 'ema_1', body: null },
    ])
  })

  test('[D4] a worker keeps its ledger in bounds, beside its work', async () => {
    await bench.add([deliveryOf(created('user_old'), { messageId: 'msg_old' })])
    {
      await using _worker = await bench.startWorker(captureLog().log)
      await ledgerOf(bench.mirror, 1)
    }
    await sql`update clerk.webhook_events set applied_at = now() - interval '2 days'`.execute(bench.mirror.db)
    await using _worker = await bench.startWorker(captureLog().log, {}, { retention: { eventDays: 1 } })
    await bench.add([deliveryOf(created('user_new'), { messageId: 'msg_new' })])
    await until(async () => (await ledgerOf(bench.mirror, 1)).map(({ id }) => id).join() === 'msg_new', {
      timeoutMs: 20_000,
      what: 'the old event has left',
    })
  })
})

/** A failure with an SQLSTATE (P0001) that means nothing to us. */
async function forbidNames({ mirror }: TestBench): Promise<void> {
  await sql`create function clerk.forbid() returns trigger language plpgsql as $$ begin raise 'no'; end $$`.execute(
    mirror.db,
  )
  await sql`create trigger forbid before insert on clerk.users for each row execute function clerk.forbid()`.execute(
    mirror.db,
  )
}

async function createRole({ mirror }: TestBench) {
  const role = `r_${crypto.randomUUID().replaceAll('-', '')}`
  const run = (text: string) => sql.raw(text).execute(mirror.db)
  await run(`create role ${role} login password 'secret'`)
  const schemas = (
    await sql<{ name: string }>`select nspname as name from pg_namespace where nspname like 'clerk%'`.execute(mirror.db)
  ).rows
  for (const { name } of schemas) {
    await run(`grant usage on schema ${name} to ${role}`)
    await run(`grant all on all tables in schema ${name} to ${role}`)
    await run(`grant all on all sequences in schema ${name} to ${role}`)
  }
  return {
    url: Object.assign(new URL(mirror.databaseUrl), { username: role, password: 'secret' }).href,
    /** Runs a statement that ends with the role. */
    execute: (statement: string) => run(`${statement} ${role}`),
    async [Symbol.asyncDispose]() {
      await run(`drop owned by ${role}; drop role ${role}`)
    },
  }
}
