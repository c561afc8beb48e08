import type { RollcallConfig } from '@rollcall/config/define-config'
import { retryHandlers } from '@rollcall/mirror/handling'
import type { Delivery } from '@rollcall/shared/delivery'
import { captureLog } from '@rollcall/testkit/captured-log'
import { deliveryOf, userBody } from '@rollcall/testkit/deliveries'
import { TEST_ROLES } from '@rollcall/testkit/roles'
import { until } from '@rollcall/testkit/wait'
import { sql } from 'kysely'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createBench, type TestBench } from '../test-worker.ts'

const T0 = 1_764_000_000_000
const created = (id: string, at = 0, fields = {}) =>
  userBody({
    type: 'user.created',
    id,
    occurredAt: T0 + at,
    updatedAt: T0 + at,
    fields: { first_name: 'Ada', ...fields },
  })
const updated = (id: string, at: number) =>
  userBody({ type: 'user.updated', id, occurredAt: T0 + at, updatedAt: T0 + at, fields: { first_name: 'Grace' } })
const deleted = (id: string, at: number) => userBody({ type: 'user.deleted', id, occurredAt: T0 + at })

type Handlers = NonNullable<RollcallConfig['handlers']>

describe('handlers', () => {
  let bench: TestBench
  beforeEach(async () => {
    bench = await createBench('redis')
    await sql`create table public.welcomes (user_id text, message_id text)`.execute(bench.mirror.db)
    await sql`grant select, insert on public.welcomes to ${sql.id(TEST_ROLES.worker)}`.execute(bench.mirror.db)
  })
  afterEach(() => bench[Symbol.asyncDispose]())

  const start = (handlers: Handlers, over: Record<string, string> = {}, log = captureLog().log, rest = {}) =>
    bench.startWorker(log, over, { handlers, ...rest })
  const send = (...deliveries: readonly Delivery[]) => bench.add(deliveries)
  const ledger = () => bench.mirror.db.selectFrom('webhook_events').selectAll().orderBy('id').execute()
  const handledLike = (expected: Readonly<Record<string, string | null>>) =>
    until(
      async () => {
        const rows = await ledger()
        return Object.entries(expected).every(([id, handling]) =>
          rows.some((row) => row.id === id && row.handling === handling),
        )
      },
      { timeoutMs: 20_000, what: `handlers are ${JSON.stringify(expected)}` },
    )
  const welcomes = async () =>
    (
      await sql<{ user_id: string; message_id: string }>`select * from public.welcomes order by 1, 2`.execute(
        bench.mirror.db,
      )
    ).rows
  /** Welcomes the user, through the transaction, as `search_path` finds the table. */
  const welcome: NonNullable<Handlers['user.created']> = async (event, { transaction, messageId }) => {
    await sql`insert into welcomes values (${event.data.id}, ${messageId})`.execute(transaction)
  }

  test('[H1] [H2] run once for every event that is seen for the first time: applied, stale and ignored ones', async () => {
    const seen: string[] = []
    await using _worker = await start(
      {
        'user.created': welcome,
        'user.updated': ({ data }) => void seen.push(`updated ${data.id}`),
        'session.created': ({ data }, { row }) => void seen.push(`session ${data.id}, row ${row}`),
      },
      { CLERK_INSTANCE_ID: 'ins_test' },
    )
    const first = deliveryOf(created('user_a'), { messageId: 'msg_1' })
    await send(deliveryOf(updated('user_a', 5), { messageId: 'msg_2' }))
    await handledLike({ msg_2: 'handled' })
    await send(
      first,
      deliveryOf(
        { type: 'session.created', timestamp: T0, instance_id: 'ins_test', data: { id: 'sess_1' } },
        { messageId: 'msg_3' },
      ),
      deliveryOf({ type: 'user.created', timestamp: T0, data: { id: 'user_b' } }, { messageId: 'msg_4' }),
      deliveryOf({ type: 'user.created', instance_id: 'ins_test', data: {} }, { messageId: 'msg_5' }),
      deliveryOf(
        { type: 'user.deleted', timestamp: T0, instance_id: 'ins_test', data: { id: 'user_c' } },
        { messageId: 'msg_6' },
      ),
    )
    await handledLike({ msg_1: 'handled', msg_3: 'handled', msg_4: null, msg_5: null, msg_6: null })
    await send(first)

    expect(await welcomes()).toEqual([{ user_id: 'user_a', message_id: 'msg_1' }])
    expect(seen).toEqual(['updated user_a', 'session sess_1, row null'])
    const rows = await ledger()
    expect(rows.map(({ outcome, handling }) => [outcome, handling])).toEqual([
      ['stale', 'handled'],
      ['applied', 'handled'],
      ['ignored', 'handled'],
      ['refused', null],
      ['failed', null],
      ['applied', null],
    ])
    expect(rows[0]).toMatchObject({ handled_at: expect.any(Date), handle_at: null, body: null, handler_error: null })
  })

  test('[H4] get the event as Clerk sent it, less what is left out, and the row as it is now', async () => {
    const seen: unknown[] = []
    await using _worker = await start(
      { 'user.created': (event, { row }) => void seen.push([event, row]) },
      {},
      captureLog().log,
      { resources: { user: { omit: ['last_name'] } } },
    )
    await send(deliveryOf(updated('user_a', 5), { messageId: 'msg_1' }))
    await until(async () => (await ledger()).length === 1, { timeoutMs: 20_000, what: 'the update is applied' })
    await send(deliveryOf(created('user_a', 0, { last_name: 'Lovelace' }), { messageId: 'msg_2' }))
    await handledLike({ msg_2: 'handled' })
    expect(seen).toMatchObject([
      [
        { type: 'user.created', timestamp: T0, data: { id: 'user_a', first_name: 'Ada' } },
        { id: 'user_a', first_name: 'Grace', last_name: null, deleted_at: null, synced_at: expect.any(Date) },
      ],
    ])
    expect(JSON.stringify(seen)).not.toContain('Lovelace')
  })

  test('[H2] what a handler wrote before it threw is rolled back; what it writes in the end is there once', async () => {
    let attempts = 0
    await using _worker = await start({
      async 'user.created'(event, context) {
        await welcome(event, context)
        attempts += 1
        if (attempts < 3) throw new Error('not yet')
      },
    })
    await send(deliveryOf(created('user_a'), { messageId: 'msg_1' }))
    await handledLike({ msg_1: 'handled' })
    expect(await welcomes()).toHaveLength(1)
    expect(attempts).toBe(3)
    expect(await ledger()).toMatchObject([
      { handler_attempts: 3, handler_error: null, attempts: 1, outcome: 'applied' },
    ])
  })

  test('[H3] a broken handler holds up neither the mirror nor other handlers, ends as failed, and can run again', async () => {
    const { log, lines, text } = captureLog()
    let isBroken = true
    await using worker = await start(
      {
        'user.created'({ data }) {
          if (isBroken) throw new RangeError(`no room for ${data.id}, ada@example.com`)
        },
        'user.updated': () => undefined,
      },
      {},
      log,
    )
    const many = Array.from({ length: 50 }, (_, i) => deliveryOf(created(`user_${i}`), { messageId: `msg_a${i}` }))
    await send(...many, deliveryOf(updated('user_0', 5), { messageId: 'msg_b' }))
    await handledLike({ msg_b: 'handled', msg_a1: 'waiting' })
    expect((await ledger()).map(({ outcome }) => outcome).sort()).toEqual([...Array(50).fill('applied'), 'stale'])

    // As if all attempts but the last had been made.
    await sql`update clerk.webhook_events set handler_attempts = 9, handle_at = now() where id = 'msg_a1'`.execute(
      bench.mirror.db,
    )
    await handledLike({ msg_a1: 'failed' })
    const [failed] = (await ledger()).filter(({ id }) => id === 'msg_a1')
    expect(failed).toMatchObject({
      outcome: 'applied',
      handler_error: 'RangeError: no room for user_1, ada@example.com',
      handler_attempts: 10,
      handle_at: null,
      body: { type: 'user.created' },
    })
    // It is told after the commit, which is seen before the worker knows of it.
    const ended = () => lines('handler.ended').find((line) => line.messageId === 'msg_a1' && line.result === 'failed')
    expect(await until(ended, { timeoutMs: 20_000, what: 'the end is logged' })).toMatchObject({
      type: 'user.created',
      entityId: 'user_1',
      attempts: 10,
      errorType: 'RangeError',
    })
    expect(text()).not.toContain('ada@example.com')
    expect(await worker.metrics()).toMatch(/rollcall_handlers_ended_total\{type="user.created",result="failed"\} 1\n/)

    isBroken = false
    expect(await retryHandlers(bench.mirror.db, ['msg_a1', 'msg_b'])).toEqual(['msg_a1'])
    await handledLike({ msg_a1: 'handled' })
  })

  test('[H4] handlers of one entity run one at a time, those of several side by side', async () => {
    const running = new Map<string, number>()
    let most = 0
    const both = Promise.withResolvers<void>()
    const track = async ({ data }: { data: { id?: string } }) => {
      const id = data.id!
      running.set(id, (running.get(id) ?? 0) + 1)
      most = Math.max(most, ...running.values())
      if (running.size === 2) both.resolve()
      await both.promise // until another entity's handler runs as well
      running.set(id, running.get(id)! - 1)
    }
    await using _worker = await start({ 'user.created': track, 'user.updated': track, 'user.deleted': track })
    await send(
      ...['user_a', 'user_b'].flatMap((id) => [
        deliveryOf(created(id), { messageId: `msg_${id}1` }),
        deliveryOf(updated(id, 5), { messageId: `msg_${id}2` }),
        deliveryOf(deleted(id, 9), { messageId: `msg_${id}3` }),
      ]),
    )
    await handledLike(Object.fromEntries((await ids(6)).map((id) => [id, 'handled'])))
    expect(most).toBe(1)
  })

  const ids = (count: number) =>
    until(async () => (await ledger()).length === count && (await ledger()).map(({ id }) => id), {
      timeoutMs: 20_000,
      what: `${count} events are settled`,
    })

  test('[H5] one that takes too long is given up, its signal aborts, and what it still tries is refused', async () => {
    const late = Promise.withResolvers<unknown>()
    let isFirst = true
    await using _worker = await start(
      {
        async 'user.created'(event, context) {
          if (!isFirst) return
          isFirst = false
          await new Promise((resolve) => context.signal.addEventListener('abort', resolve))
          await until(async () => (await ledger())[0]?.handler_error !== null, {
            timeoutMs: 20_000,
            what: 'it is given up',
          })
          await Promise.resolve(welcome(event, context)).then(() => late.resolve('was written'), late.resolve)
        },
      },
      { HANDLER_TIMEOUT_MS: '300' },
    )
    await send(deliveryOf(created('user_a'), { messageId: 'msg_1' }))
    expect(await late.promise).toBeInstanceOf(Error)
    await handledLike({ msg_1: 'handled' })
    expect(await welcomes()).toEqual([])
  })

  test('[H5] when the worker stops, a handler that does not end is rolled back with no attempt spent', async () => {
    const begun = Promise.withResolvers<void>()
    const worker = await start({
      async 'user.created'(event, context) {
        await welcome(event, context)
        begun.resolve()
        await new Promise(() => {})
      },
    })
    await send(deliveryOf(created('user_a'), { messageId: 'msg_1' }))
    await begun.promise
    await worker[Symbol.asyncDispose]()
    expect(await ledger()).toMatchObject([{ handling: 'waiting', handler_attempts: 0, handler_error: null }])
    expect(await welcomes()).toEqual([])

    await using _next = await start({ 'user.created': welcome })
    await handledLike({ msg_1: 'handled' })
    expect(await welcomes()).toHaveLength(1)
  })

  test('[T7] the body goes with its user as soon as the handler has run, or has failed for good', async () => {
    const gate = Promise.withResolvers<void>()
    await using _worker = await start(
      {
        'user.created': () => gate.promise,
        'user.updated'() {
          throw new Error('ada@example.com')
        },
      },
      { EVENT_BODIES: 'all' },
    )
    await send(
      deliveryOf(created('user_a'), { messageId: 'msg_1' }),
      deliveryOf(updated('user_b', 5), { messageId: 'msg_2' }),
    )
    await handledLike({ msg_1: 'waiting', msg_2: 'waiting' })
    await send(
      deliveryOf(deleted('user_a', 9), { messageId: 'msg_3' }),
      deliveryOf(deleted('user_b', 9), { messageId: 'msg_4' }),
    )
    await until(async () => (await ledger()).length === 4, { timeoutMs: 20_000, what: 'the deletions are applied' })
    expect((await ledger()).slice(0, 2).every(({ body }) => body !== null)).toBe(true)

    gate.resolve()
    await sql`update clerk.webhook_events set handler_attempts = 9, handle_at = now() where id = 'msg_2'`.execute(
      bench.mirror.db,
    )
    await handledLike({ msg_1: 'handled', msg_2: 'failed' })
    expect(await ledger()).toMatchObject([
      { body: null },
      { body: null, handler_error: 'Error: erased with what it was about' },
      { body: null },
      { body: null },
    ])
  })
})
