import { createTestMirror, type TestMirror } from '@rollcall/testkit/mirror'
import { sql } from 'kysely'
import { Client, DatabaseError, Pool } from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fromPostgres } from './postgres-errors.ts'

describe('fromPostgres', () => {
  let mirror: TestMirror
  beforeAll(async () => {
    mirror = await createTestMirror()
  })
  afterAll(() => mirror[Symbol.asyncDispose]())

  const failureOf = (work: Promise<unknown>) =>
    work.then(
      () => expect.unreachable('it should have failed'),
      (error) => fromPostgres(error).code,
    )
  const query = (text: string) => sql.raw(text).execute(mirror.db)
  /** On a connection of its own, because it changes the connection's state. */
  const alone = async (text: string) => {
    const client = new Client({ connectionString: mirror.databaseUrl })
    await client.connect()
    try {
      await client.query(text)
    } finally {
      await client.end()
    }
  }

  test('[F2] what the event says is the event’s fault', async () => {
    expect(await failureOf(query("select '2026-99-99'::timestamptz"))).toBe('row_rejected')
    expect(await failureOf(query(`select '"\\u0000"'::jsonb`))).toBe('row_rejected')
    expect(
      await failureOf(
        query(
          "insert into clerk.webhook_events (id, occurred_at, received_at, outcome, attempts) values ('x', now(), now(), 'lost', 1)",
        ),
      ),
    ).toBe('row_rejected')
  })

  test('[F2] what is missing or forbidden is ours', async () => {
    expect(await failureOf(query('select * from clerk.nowhere'))).toBe('schema_mismatch')
    expect(await failureOf(query('select nothing from clerk.users'))).toBe('schema_mismatch')
    expect(await failureOf(alone('set role pg_monitor; select * from clerk.users'))).toBe('permission_denied')
    expect(await failureOf(connect(urlWith({ pathname: '/nowhere' })))).toBe('schema_mismatch')
    expect(await failureOf(connect(urlWith({ password: 'wrong' })))).toBe('permission_denied')
  })

  test('[F2] a deadlock, a lock and a timeout are the world’s', async () => {
    expect(await failureOf(alone('begin; set local statement_timeout = 20; select pg_sleep(5)'))).toBe(
      'database_unavailable',
    )
    expect(await failureOf(alone('begin; set local transaction_timeout = 20; select pg_sleep(5)'))).toBe(
      'database_unavailable',
    )
    const locked = new Client({ connectionString: mirror.databaseUrl })
    await locked.connect()
    try {
      await locked.query('begin; lock table clerk.users')
      expect(await failureOf(alone('begin; lock table clerk.users nowait'))).toBe('database_busy')
    } finally {
      await locked.end()
    }
  })

  test('[F2] a server that cannot be reached, goes away or does not answer is the world’s', async () => {
    expect(await failureOf(connect(urlWith({ port: '1' })))).toBe('database_unavailable')
    expect(await failureOf(connect(urlWith({ hostname: 'nowhere.invalid' })))).toBe('database_unavailable')

    const client = new Client({ connectionString: mirror.databaseUrl })
    client.on('error', () => undefined)
    await client.connect()
    expect(await failureOf(client.query('select pg_terminate_backend(pg_backend_pid())'))).toBe('database_unavailable')
    expect(await failureOf(client.query('select 1'))).toBe('database_unavailable')
    await client.end().catch(() => undefined)

    const full = new Pool({ connectionString: mirror.databaseUrl, max: 1 })
    const only = await full.connect()
    Object.assign(full.options, { connectionTimeoutMillis: 1_000 }) // for what waits from now on
    expect(await failureOf(full.query('select 1'))).toBe('database_unavailable')
    only.release()
    await full.end()
  })

  test('[F2] what nobody has decided is unexpected', () => {
    expect(fromPostgres(Object.assign(new DatabaseError('odd', 3, 'error'), { code: 'XX000' })).code).toBe('unexpected')
    expect(fromPostgres(new TypeError('x is not a function')).code).toBe('unexpected')
  })

  const urlWith = (parts: Partial<URL>) => Object.assign(new URL(mirror.databaseUrl), parts).href
})

async function connect(connectionString: string): Promise<void> {
  const client = new Client({ connectionString })
  try {
    await client.connect()
  } finally {
    await client.end().catch(() => undefined)
  }
}
