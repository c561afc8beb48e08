import { createRedis } from '@rollcall/queue/redis-client'
import { deliveryOf, userBody } from '@rollcall/testkit/deliveries'
import { startOwnRedis } from '@rollcall/testkit/own-redis'
import { newSecret, post, signedRequest } from '@rollcall/testkit/svix'
import { until } from '@rollcall/testkit/wait'
import { createBench, ledgerOf, untilIdle } from '@rollcall/worker/test-worker'
import { sql } from 'kysely'
import { describe, expect, test } from 'vitest'
import { type LogLine, startProcess } from '../process.ts'

/** Each process has a clock of its own, which jumps at SIGUSR2. */
const jumping = (way: string) => ({
  NODE_OPTIONS: `--import ${new URL('../jumping-clock.ts', import.meta.url).href}`,
  CLOCK: way,
})

/** Renewed three times in its life, also where a busy machine is late with one. */
const LOCK_MS = 5_000

const HOUR_MS = 3_600_000
const WAYS = { forward: HOUR_MS, back: -HOUR_MS } as const

describe.concurrent.each(Object.entries(WAYS))('a clock that jumps an hour %s', (way, jumpMs) => {
  test('[O22] has a receiver refuse what it cannot tell from a replay, and nothing else; once it is right all is taken', async () => {
    await using redis = await startOwnRedis()
    await using opened = new AsyncDisposableStack()
    const client = opened.adopt(
      createRedis([redis.url], () => undefined),
      (open) => open.disconnect(),
    )
    const secret = newSecret()
    await using receiver = startProcess('receiver', {
      ...jumping(way),
      REDIS_URL: redis.url,
      CLERK_WEBHOOK_SIGNING_SECRET: secret,
      PORT: '0',
    })
    const { port } = await receiver.untilLogged('receiver.started')
    /** Sent by somebody whose clock is so far from ours. */
    const send = async (messageId: string, aheadMs = 0) => {
      const attemptedAt = new Date(Date.now() + aheadMs)
      const request = signedRequest({ secret, messageId, body: '{"type":"user.created"}', attemptedAt })
      const response = await post(`http://127.0.0.1:${port}/api/webhooks`, request)
      const { error } = (await response.json()) as { readonly error?: string }
      return { status: response.status, error }
    }

    expect(await send('msg_1')).toMatchObject({ status: 200 })
    // So full that the next events would fit, and the receiver keeps the room for the workers [Q5].
    const used = Number(/used_memory:(\d+)/.exec(await client.info('memory'))![1])
    await client.config('SET', 'maxmemory', Math.round(used * 1.05))
    await until(async () => (await send('msg_1')).error === 'queue_full', { timeoutMs: 20_000, what: 'Redis is full' })
    receiver.signal('SIGUSR2')
    const refusal = { status: 400, error: 'timestamp_out_of_tolerance' }
    await until(async () => (await send('msg_2')).status === 400, { timeoutMs: 20_000, what: 'the clock has jumped' })
    expect(await send('msg_2')).toMatchObject(refusal)

    // What it looks at now and then it goes on looking at: there is room again.
    await client.config('SET', 'maxmemory', '0')
    const isTaken = async () => (await send('msg_3', jumpMs)).status === 200
    await until(isTaken, { timeoutMs: 20_000, what: 'it sees that there is room' })

    receiver.signal('SIGUSR2')
    await until(async () => (await send('msg_2')).status === 200, {
      timeoutMs: 20_000,
      what: 'the clock is right again',
    })
    expect(await send('msg_3', jumpMs)).toMatchObject(refusal)
  })

  test('[O22] changes nothing of what a worker writes: not the order, not the locks, not the times of the ledger', async () => {
    const T0 = 1_764_000_000_000
    const EVENTS = 60
    await using bench = await createBench('redis')
    const { db } = bench.mirror
    const changed = (i: number) => {
      const event = { type: 'user.updated', id: `user_${i % 10}`, occurredAt: T0 + i, updatedAt: T0 + i } as const
      return deliveryOf(userBody({ ...event, fields: { first_name: `name ${i}` } }), { messageId: `msg_${i}` })
    }
    await using worker = startProcess('worker', { ...bench.variables, ...jumping(way), JOB_LOCK_MS: String(LOCK_MS) })
    await worker.untilLogged('worker.started')
    const events = Array.from({ length: EVENTS }, (_, i) => changed(i))

    await bench.add(events.slice(0, 20))
    await ledgerOf(bench.mirror, 20)
    const lockedAt = performance.now()
    await db.transaction().execute(async (transaction) => {
      await sql`lock table clerk.users in exclusive mode`.execute(transaction)
      await bench.add(events.slice(40).toReversed())
      const isHeld = async () => (await bench.queue.jobs()).some(({ state }) => state === 'active')
      await until(isHeld, { timeoutMs: 20_000, what: 'it has jobs in hand' })
      worker.signal('SIGUSR2')
      await until(() => performance.now() - lockedAt > 1.5 * LOCK_MS, {
        timeoutMs: 20_000,
        what: 'the locks would have run out',
      })
    })
    await bench.add(events.slice(20, 40))
    await ledgerOf(bench.mirror, EVENTS)
    await untilIdle(bench)

    const ledger = await db.selectFrom('webhook_events').selectAll().execute()
    expect(ledger.filter(({ attempts, duplicates }) => attempts !== 1 || duplicates !== 0)).toEqual([])
    const { rows: late } = await sql`
      select id from clerk.webhook_events where abs(extract(epoch from now() - applied_at)) > 600`.execute(db)
    expect(late).toEqual([])
    const { rows } = await sql<{ id: string; first_name: string }>`
      select id, first_name from clerk.users order by id`.execute(db)
    expect(rows).toEqual(Array.from({ length: 10 }, (_, i) => ({ id: `user_${i}`, first_name: `name ${50 + i}` })))
    expect(worker.lines.filter(({ msg }) => msg === 'queue.errored' || msg === 'database.errored')).toEqual([])
    const isHoursOff = ({ time }: LogLine) => Math.abs(Date.now() - Date.parse(String(time))) > HOUR_MS / 2
    expect(worker.lines.some(isHoursOff), 'its clock did jump').toBe(true)
    expect(await worker.end('SIGTERM')).toBe(0)
  })
})
