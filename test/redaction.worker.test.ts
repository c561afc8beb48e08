import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { deliveryOf, userBody } from '@rollcall/testkit/deliveries'
import { until } from '@rollcall/testkit/wait'
import { createBench } from '@rollcall/worker/test-worker'
import { sql } from 'kysely'
import { describe, expect, test } from 'vitest'
import { createCanaries, undocumented } from './canaries.ts'
import { startProcess } from './process.ts'

/** Whole processes take their time to start on a busy machine. */
const PATIENCE_MS = 60_000

const LEVEL = { LOG_LEVEL: 'trace' }

/** Throws in each way that there is, with what the event says. */
const CONFIG = `
export default {
  handlers: {
    async 'user.created'(event, { transaction }) {
      const { first_name: name, unsafe_metadata: { how } } = event.data
      if (how === 'error') throw Object.assign(new Error(name), { detail: name, cause: new Error(name) })
      if (how === 'text') throw name
      if (how === 'parse') JSON.parse(name)
      if (how === 'sql') await transaction.selectFrom('clerk.users').select('id').where('deleted_at', '=', name).execute()
      if (how === 'stray') Promise.reject(Object.assign(new Error(name), { input: name }))
    },
  },
}
`

describe('what workers are given', { timeout: 3 * PATIENCE_MS }, () => {
  const { plant, leakedTo } = createCanaries()

  const user = (id: string, where: string, how = '') => {
    const word = plant(where)
    return userBody({
      type: 'user.created',
      id,
      occurredAt: 1_764_000_000_000,
      updatedAt: 1_764_000_000_000,
      fields: {
        first_name: word,
        primary_email_address_id: 'idn_1',
        email_addresses: [{ id: 'idn_1', email_address: `${word}@example.com` }],
        private_metadata: { word },
        unsafe_metadata: { how },
      },
    })
  }

  test('[L9] whatever an event holds and however it ends, the log has none of it, nor what its handler throws', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'rollcall-test-redaction-'))
    await using opened = new AsyncDisposableStack()
    opened.defer(() => rm(folder, { recursive: true }))
    await writeFile(join(folder, 'rollcall.config.ts'), CONFIG)
    await using bench = await createBench('redis')
    const { db } = bench.mirror
    /** A trigger that says what it refuses, as people write them. */
    await sql`
      create function clerk.refuse() returns trigger language plpgsql as $$
      begin
        if new.unsafe_metadata ->> 'how' = 'raise' then raise 'not wanted: %', new.first_name; end if;
        if new.unsafe_metadata ->> 'how' = 'cast' then perform new.first_name::int; end if;
        if new.unsafe_metadata ->> 'how' = 'forbid' then
          raise 'not allowed: %', new.first_name using errcode = 'insufficient_privilege';
        end if;
        return new;
      end $$`.execute(db)
    await sql`create trigger refuse before insert on clerk.users for each row execute function clerk.refuse()`.execute(
      db,
    )
    await sql`alter table clerk.users add check (unsafe_metadata ->> 'how' <> 'check')`.execute(db)
    await sql`create unique index on clerk.users ((unsafe_metadata ->> 'how')) where unsafe_metadata ->> 'how' = 'unique'`.execute(
      db,
    )

    const variables = { ...bench.variables, ...LEVEL, ROLLCALL_CONFIG: join(folder, 'rollcall.config.ts') }
    await using worker = startProcess('worker', variables)
    await worker.untilLogged('worker.started', PATIENCE_MS)
    const bodies = {
      msg_plain: user('user_plain', 'a plain event'),
      msg_raise: user('user_raise', 'an event that a trigger refuses', 'raise'),
      msg_cast: user('user_cast', 'an event with a value that does not fit', 'cast'),
      msg_check: user('user_check', 'an event against a constraint', 'check'),
      msg_unique1: user('user_unique1', 'the first of two', 'unique'),
      msg_unique2: user('user_unique2', 'the second of two', 'unique'),
      msg_error: user('user_error', 'an event whose handler throws', 'error'),
      msg_text: user('user_text', 'an event whose handler throws a text', 'text'),
      msg_parse: user('user_parse', 'an event whose handler cannot parse it', 'parse'),
      msg_sql: user('user_sql', 'an event whose handler writes nonsense', 'sql'),
      msg_sms: {
        type: 'sms.created',
        data: { id: 'sms_1', message: plant('message'), data: { otp_code: plant('one-time code') } },
      },
      msg_email: {
        type: 'email.created',
        data: { id: 'ema_1', body: plant('e-mail'), to_email_address: plant('address') },
      },
      msg_unknown: { type: 'thing.happened', data: { id: 'thing_1', note: plant('unknown event') } },
      msg_list: [plant('no object')],
      msg_json: `{"type": "${plant('no JSON')}`,
      msg_session: {
        type: 'session.created',
        data: { id: 'sess_1', last_active_token: { jwt: plant('session token') } },
      },
    }
    await bench.add(Object.entries(bodies).map(([messageId, body]) => deliveryOf(body, { messageId })))
    const isDone = (name: string, count: number) => () => worker.lines.filter(({ msg }) => msg === name).length >= count
    // All but the one that is tried again.
    await until(isDone('event.settled', Object.keys(bodies).length - 1), {
      timeoutMs: PATIENCE_MS,
      what: 'events are settled',
    })
    await until(isDone('handler.ended', 6), { timeoutMs: PATIENCE_MS, what: 'handlers have ended' })
    await worker.untilLogged('event.postponed', PATIENCE_MS)

    await bench.add([deliveryOf(user('user_forbid', 'an event that a trigger forbids', 'forbid'))])
    await worker.untilLogged('consumption.paused', PATIENCE_MS)
    await sql`drop function clerk.refuse cascade`.execute(db)
    await worker.untilLogged('consumption.resumed', PATIENCE_MS)
    await bench.add([deliveryOf(user('user_stray', 'an event whose handler loses a promise', 'stray'))])
    expect(await worker.ended()).toBe(1)

    expect(leakedTo(worker)).toEqual([])
    expect(undocumented(worker)).toEqual([])
    const outcomes = worker.lines
      .filter(({ msg }) => msg === 'event.settled')
      .map((line) => [line.messageId, line.errorCode])
    expect(Object.fromEntries(outcomes)).toMatchObject({
      msg_plain: undefined,
      msg_cast: 'row_rejected',
      msg_check: 'row_rejected',
      msg_json: 'payload_invalid',
    })
    expect(worker.lines.find(({ msg }) => msg === 'process.crashed')).toMatchObject({
      level: 'fatal',
      errorType: 'Error',
      at: expect.arrayContaining([expect.stringContaining('rollcall.config.ts')]),
    })
  })

  test('[L9] nor passwords, keys and tokens while everything is away', async () => {
    await using worker = startProcess('worker', {
      ...LEVEL,
      REDIS_URL: `redis://:${plant('worker, Redis password')}@127.0.0.1:1`,
      DATABASE_URL: `postgres://user:${plant('worker, database password')}@127.0.0.1:1/app`,
      CLERK_SECRET_KEY: `sk_test_${plant('secret key')}`,
      QUEUE_ENCRYPTION_KEY: `${plant('key of the queue')}abc`, // 43 characters of base64 are 32 bytes
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:1/${plant('path of the collector')}`,
      OTEL_EXPORTER_OTLP_HEADERS: `authorization=${plant('worker, token of the collector')}`,
    })
    await worker.untilLogged('consumption.paused', PATIENCE_MS)
    await worker.untilLogged('queue.errored', PATIENCE_MS)
    expect(await worker.end('SIGTERM')).toBe(0)
    expect(leakedTo(worker)).toEqual([])
    expect(undocumented(worker)).toEqual([])
  })

  test('[L9] nor a password that the database refuses', async () => {
    await using bench = await createBench('postgres')
    const url = Object.assign(new URL(bench.mirror.databaseUrl), { password: plant('refused password') })
    await using worker = startProcess('worker', { ...LEVEL, DATABASE_URL: url.href })
    const paused = await worker.untilLogged('consumption.paused', PATIENCE_MS)
    expect(await worker.end('SIGTERM')).toBe(0)
    expect(paused).toMatchObject({ error: { code: 'permission_denied' } })
    expect(leakedTo(worker)).toEqual([])
    expect(undocumented(worker)).toEqual([])
  })
})
