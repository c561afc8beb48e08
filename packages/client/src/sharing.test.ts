import { setTimeout as sleep } from 'node:timers/promises'
import { runSeed } from '@rollcall/testkit/seed'
import { until } from '@rollcall/testkit/wait'
import fc from 'fast-check'
import { Pool, type PoolClient } from 'pg'
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest'
import type { AppPool } from './app-pool.ts'
import type { ClerkClient } from './clerk-client.ts'
import { startTestClerk, type TestClerk } from './test-client.ts'

let clerk: TestClerk
beforeAll(async () => {
  clerk = await startTestClerk()
})
beforeEach(() => clerk.clear())
afterAll(() => clerk[Symbol.asyncDispose]())

test('[N2] 200 simultaneous calls for one user ask Clerk once', async () => {
  const { id } = clerk.instance.createUser()
  const rollcall = clerk.client()
  const rows = await Promise.all(Array.from({ length: 200 }, () => rollcall.ensureUser(id)))
  expect(new Set(rows.map((row) => row.id))).toEqual(new Set([id]))
  expect(clerk.asked()).toBe(1)
})

const seed = runSeed()

test(`[N2] calls at any moments, for any of several users, ask once for each (seed ${seed})`, async () => {
  const rollcall = clerk.client()
  const call = fc.record({ afterMs: fc.nat(12), user: fc.nat(2) })
  await fc.assert(
    fc.asyncProperty(fc.array(call, { minLength: 2, maxLength: 40 }), async (calls) => {
      const ids = [0, 1, 2].map(() => clerk.instance.createUser().id)
      const before = clerk.asked()
      const answered = await Promise.all(
        calls.map(async ({ afterMs, user }) => {
          await sleep(afterMs)
          return (await rollcall.ensureUser(ids[user]!)).id
        }),
      )
      expect(answered).toEqual(calls.map(({ user }) => ids[user]))
      expect(clerk.asked() - before).toBe(new Set(answered).size)
    }),
    { seed, numRuns: 15 },
  )
})

test('[N2] who looked before the row was there, and asks after it came, does not ask Clerk again', async () => {
  const { id } = clerk.instance.createUser()
  // The second caller's look ends late: its connection is answered when the first caller has its row.
  const first = Promise.withResolvers<void>()
  const rollcall = clerk.client({ database: secondIsTold(first.promise) })
  const early = rollcall.ensureUser(id)
  const late = rollcall.ensureUser(id)
  await early
  first.resolve()
  expect(await late).toEqual(await early)
  expect(clerk.asked()).toBe(1)
})

test('[N2] a failure is shared as well, and the next call asks anew', async () => {
  const { id } = clerk.instance.createUser()
  const pool = new Pool({ connectionString: clerk.mirror.databaseUrl })
  onTestFinished(() => pool.end())
  let looks = 0
  pool.on('release', () => void looks++)
  const all = 20
  const everybodyLooked = () => until(() => looks > all, { timeoutMs: 20_000, what: 'everybody has looked' })
  clerk.backend.beforeAnswer(() => everybodyLooked().then(() => {}))
  clerk.backend.answerNext({ with: { status: 503 } })
  const rollcall = clerk.client({ database: pool })
  const failed = await Promise.allSettled(Array.from({ length: all }, () => rollcall.ensureUser(id)))
  expect(failed.map(({ status }) => status)).toEqual(Array(all).fill('rejected'))
  expect(clerk.asked()).toBe(1)
  expect(await rollcall.ensureUser(id)).toMatchObject({ id })
})

test('[N5] many different users are asked for at most 20 at a time, and all are answered', async () => {
  const ids = Array.from({ length: 60 }, () => clerk.instance.createUser().id)
  let running = 0
  let most = 0
  // Nobody is answered before so many ask at the same time.
  const { promise: twenty, resolve: areTwenty } = Promise.withResolvers<void>()
  const clerkClient: ClerkClient = {
    organizations: clerk.sdk.organizations,
    users: {
      async getUser(id) {
        most = Math.max(most, ++running)
        if (running === 20) areTwenty()
        try {
          await twenty
          return await clerk.sdk.users.getUser(id)
        } finally {
          running--
        }
      },
    },
  }
  const rollcall = clerk.client({ clerkClient })
  const rows = await Promise.all(ids.map((id) => rollcall.ensureUser(id)))
  expect(rows.map((row) => row.id)).toEqual(ids)
  expect(most).toBe(20)
})

/** A pool whose second connection tells what it found when `moment` has come. */
function secondIsTold(moment: Promise<void>): AppPool {
  const pool = new Pool({ connectionString: clerk.mirror.databaseUrl })
  onTestFinished(() => pool.end())
  let connected = 0
  async function connect(): Promise<PoolClient> {
    const isSecond = ++connected === 2
    const client = await pool.connect()
    if (!isSecond) return client
    const query = async (text: string, values: unknown[]) => {
      const result = await client.query(text, values)
      await moment
      return result
    }
    return Object.assign(Object.create(client), { query })
  }
  return { connect } as AppPool
}
