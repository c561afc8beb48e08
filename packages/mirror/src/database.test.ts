import { createDatabase, type TestDatabase } from '@rollcall/testkit/postgres'
import { type Proxy as Network, startProxy } from '@rollcall/testkit/proxy'
import { until } from '@rollcall/testkit/wait'
import { sql } from 'kysely'
import { Client } from 'pg'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openMirror } from './database.ts'
import { fromPostgres } from './postgres-errors.ts'

test('[O4] a connection that breaks between two statements of a transaction fails the next one, not the process', async () => {
  await using database = await createDatabase()
  const broken = Promise.withResolvers<Error>()
  const mirror = openMirror({ databaseUrl: database.url, schema: 'clerk', poolSize: 1, onError: broken.resolve })
  const killer = new Client({ connectionString: database.url })
  await killer.connect()
  try {
    const work = mirror.db.transaction().execute(async (transaction) => {
      const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(transaction)
      await killer.query('select pg_terminate_backend($1)', [rows[0]!.pid])
      await broken.promise
      await sql`select 1`.execute(transaction)
    })
    await expect(work).rejects.toThrow()
  } finally {
    await killer.end()
    await mirror.close()
  }
})

describe('where nothing comes any more', () => {
  /** Short, so that a test need not wait; far longer than any answer takes. */
  const SILENCE_MS = 4_000

  let database: TestDatabase
  let network: Network
  let direct: Client
  beforeEach(async () => {
    database = await createDatabase()
    network = await startProxy(database.url)
    direct = new Client({ connectionString: database.url })
    await direct.connect()
    await direct.query(
      'create schema clerk; create table clerk.rows (id int primary key); insert into clerk.rows values (1)',
    )
  })
  afterEach(async () => {
    await direct.end()
    await network[Symbol.asyncDispose]()
    await database[Symbol.asyncDispose]()
  })

  const open = (poolSize: number) =>
    openMirror({ databaseUrl: network.url, schema: 'clerk', poolSize, onError: () => undefined, silenceMs: SILENCE_MS })
  const backendsOf = async (state: string) => {
    // Within a transaction Postgres goes on telling what was so when it was first asked.
    await direct.query('select pg_stat_clear_snapshot()')
    const { rowCount } = await direct.query(
      "select from pg_stat_activity where datname = current_database() and backend_type = 'client backend' and state = $1 and pid <> pg_backend_pid()",
      [state],
    )
    return rowCount
  }

  test('[O35] a statement that a network swallows is given up, and its connection with it', async () => {
    const mirror = open(1)
    try {
      await sql`select 1`.execute(mirror.db)
      network.forget()
      const failure = await sql`select 2`.execute(mirror.db).catch(fromPostgres)
      expect(failure).toMatchObject({ code: 'database_unavailable', message: expect.stringContaining('no answer') })
      expect((await sql`select 3 as three`.execute(mirror.db)).rows).toEqual([{ three: 3 }])
    } finally {
      await mirror.close()
    }
  })

  test('[O35] a statement that waits for a lock for too long leaves nothing behind that waits on', async () => {
    const mirror = open(3)
    try {
      await direct.query('begin; lock table clerk.rows in access exclusive mode')
      const failures = await Promise.all(
        Array.from({ length: 3 }, () => sql`select * from clerk.rows`.execute(mirror.db).catch(fromPostgres)),
      )
      expect(failures).toMatchObject(Array(3).fill({ code: 'database_unavailable' }))
      await until(async () => (await backendsOf('active')) === 0, {
        timeoutMs: 20_000,
        what: 'nobody waits for the lock',
      })
      await direct.query('rollback')
    } finally {
      await mirror.close()
    }
  })

  test('[O36] what a transaction holds is free again soon, though Postgres never hears that its client has gone', async () => {
    const mirror = open(1)
    try {
      const held = Promise.withResolvers<void>()
      const work = mirror.db.transaction().execute(async (transaction) => {
        await sql`update clerk.rows set id = 1`.execute(transaction)
        network.forget()
        held.resolve()
        await sql`update clerk.rows set id = 2`.execute(transaction)
      })
      work.catch(() => undefined)
      await held.promise
      await direct.query("set lock_timeout = '60s'")
      await direct.query('update clerk.rows set id = 3') // waits until the transaction has been ended
      await expect(work).rejects.toThrow()
      expect((await direct.query('select id from clerk.rows')).rows).toEqual([{ id: 3 }])
    } finally {
      await mirror.close()
    }
  })
})
