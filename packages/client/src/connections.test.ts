import { setTimeout as sleep } from 'node:timers/promises'
import { createDatabase } from '@rollcall/testkit/postgres'
import { until } from '@rollcall/testkit/wait'
import { sql } from 'kysely'
import { Client, Pool } from 'pg'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { borrowMirror } from './app-pool.ts'
import { failure, startTestClerk, type TestClerk } from './test-client.ts'

let clerk: TestClerk
beforeAll(async () => {
  clerk = await startTestClerk()
})
beforeEach(() => clerk.clear())
afterAll(() => clerk[Symbol.asyncDispose]())

/** Connections to the mirror's database by the name that they give themselves. */
async function connections(name: string): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*)::int as count from pg_stat_activity
    where datname = current_database() and application_name = ${name}`.execute(clerk.mirror.db)
  return rows[0]!.count
}

const named = (name: string) => Object.assign(new URL(clerk.mirror.databaseUrl), { search: `application_name=${name}` })

test("[N8] the app's own pool is not closed, and nothing of ours stays at it", async () => {
  const pool = new Pool({ connectionString: clerk.mirror.databaseUrl })
  try {
    const { id } = clerk.instance.createUser()
    const rollcall = clerk.client({ database: pool })
    await Promise.all([rollcall.ensureUser(id), rollcall.ensureUser(id)])
    await rollcall.close()
    await rollcall.close()

    expect(pool.ended).toBe(false)
    expect(pool.idleCount).toBe(pool.totalCount)
    const client = await pool.connect()
    expect(client.listenerCount('error')).toBe(0)
    expect((await client.query('show statement_timeout')).rows).toEqual([{ statement_timeout: '0' }])
    client.release()
  } finally {
    await pool.end()
  }
})

test('[N8] a connection of the app that breaks while it is used here fails the call, not the process', async () => {
  await using database = await createDatabase()
  const pool = new Pool({ connectionString: database.url, max: 1 })
  const killer = new Client({ connectionString: database.url })
  await killer.connect()
  try {
    const mirror = borrowMirror(pool, 'clerk')
    const work = mirror.db.transaction().execute(async (transaction) => {
      const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(transaction)
      await killer.query('select pg_terminate_backend($1)', [rows[0]!.pid])
      await until(() => pool.waitingCount === 0 && pool.totalCount === 1, { timeoutMs: 20_000, what: 'it is in use' })
      await sleep(50) // in which the end of the connection arrives
      await sql`select 1`.execute(transaction)
    })
    await expect(work).rejects.toThrow()
    expect(pool.totalCount).toBe(0)
    expect((await sql<{ one: number }>`select 1 as one`.execute(mirror.db)).rows).toEqual([{ one: 1 }])
  } finally {
    await killer.end()
    await pool.end()
  }
})

test('[N8] connections to a URL are few, wait for no call to be opened, and are gone after close', async () => {
  const rollcall = clerk.client({ database: named('rollcall-client').href, poolSize: 3 })
  expect(await connections('rollcall-client')).toBe(0)
  const ids = Array.from({ length: 30 }, () => clerk.instance.createUser().id)
  await Promise.all(ids.map((id) => rollcall.ensureUser(id)))
  expect(await connections('rollcall-client')).toBe(3)
  await rollcall.close()
  await until(async () => (await connections('rollcall-client')) === 0, { timeoutMs: 20_000, what: 'all are closed' })
})

test('[N8] close waits for the calls under way, and takes no more', async () => {
  const { id } = clerk.instance.createUser()
  const asked = Promise.withResolvers<void>()
  const answer = Promise.withResolvers<void>()
  clerk.backend.beforeAnswer(() => {
    asked.resolve()
    return answer.promise
  })
  const rollcall = clerk.client()
  const call = rollcall.ensureUser(id)
  await asked.promise
  const closing = rollcall.close()
  expect((await failure(rollcall.ensureUser(id))).code).toBe('closed')
  answer.resolve()
  expect(await call).toMatchObject({ id })
  await closing
})
