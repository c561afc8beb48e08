import { setTimeout as sleep } from 'node:timers/promises'
import { createClerkClient } from '@clerk/backend'
import { startProxy } from '@rollcall/testkit/proxy'
import { uniqueName } from '@rollcall/testkit/unique-name'
import { until } from '@rollcall/testkit/wait'
import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest'
import { failure, startTestClerk, type TestClerk } from './test-client.ts'

let clerk: TestClerk
beforeAll(async () => {
  clerk = await startTestClerk()
})
beforeEach(() => clerk.clear())
afterAll(() => clerk[Symbol.asyncDispose]())

const aUser = () => clerk.instance.createUser({ first_name: 'Ada' }).id

/** What may go wrong at Clerk's or on the way, and what the app is told. */
const AT_CLERK = [
  { fault: { status: 500 }, code: 'clerk_unavailable' },
  { fault: { status: 503, body: '<html>hunter2</html>' }, code: 'clerk_unavailable' },
  { fault: { status: 429 }, code: 'clerk_unavailable' },
  { fault: 'break', code: 'clerk_unavailable' },
  { fault: { status: 200, body: 'a page of a proxy' }, code: 'clerk_unavailable' },
  { fault: { status: 200, body: null }, code: 'clerk_unavailable' },
  { fault: { status: 401 }, code: 'clerk_refused' },
  {
    fault: { status: 403, body: { errors: [{ code: 'organization_not_enabled_in_instance' }] } },
    code: 'clerk_refused',
  },
  { fault: { status: 404 }, code: 'user_not_found' },
] as const

test.each(AT_CLERK)('[N4] Clerk answers with $fault: $code', async ({ fault, code }) => {
  const id = aUser()
  clerk.backend.answerNext({ with: fault })
  const error = await failure(clerk.client().ensureUser(id))
  expect(error.code).toBe(code)
  expect(error.message).not.toMatch(/Ada|hunter2|sk_live|example\.com/)
  expect(await clerk.rows()).toEqual([])

  clerk.backend.answerNext({ with: fault })
  const forgiving = clerk.client().ensureUser(id, { ifUnavailable: 'undefined' })
  if (code === 'clerk_unavailable') expect(await forgiving).toBeUndefined()
  else expect((await failure(forgiving)).code).toBe(code)
})

test('[N4] a Clerk that cannot be reached is unavailable; rows that are there are answered', async () => {
  const [mirrored, missing] = [aUser(), aUser()]
  const [creation] = clerk.lose()
  await clerk.deliver([creation!])
  const sdk = createClerkClient({ secretKey: clerk.backend.secretKey, apiUrl: 'http://127.0.0.1:1' })
  const rollcall = clerk.client({ clerkClient: sdk })
  expect(await rollcall.ensureUser(mirrored)).toMatchObject({ id: mirrored })
  expect((await failure(rollcall.ensureUser(missing))).code).toBe('clerk_unavailable')
})

test('[N5] a Clerk that hangs is given up at the deadline', async () => {
  const id = aUser()
  clerk.backend.answerNext({ with: 'hang' })
  const rollcall = clerk.client({ deadlineMs: 4_000 })
  const start = performance.now()
  const [error, forgiven] = await Promise.all([
    failure(rollcall.ensureUser(id)),
    rollcall.ensureUser(id, { ifUnavailable: 'undefined' }),
  ])
  expect(performance.now() - start).toBeLessThan(14_000)
  expect(error.code).toBe('clerk_unavailable')
  expect(error.message).toContain('no answer within 4000 ms')
  expect(forgiven).toBeUndefined()
})

test('[N5] a Clerk that has hung for many holds up nobody afterwards', async () => {
  const ids = Array.from({ length: 24 }, aUser)
  let asked = 0
  let hangs = true
  const getUser = (id: string) => {
    asked++
    return hangs ? new Promise<never>(() => {}) : clerk.sdk.users.getUser(id)
  }
  const rollcall = clerk.client({
    deadlineMs: 5_000,
    clerkClient: { organizations: clerk.sdk.organizations, users: { getUser } },
  })
  const mirrored = aUser()
  await clerk.deliver(clerk.lose().slice(-1))
  // The pool's connections are opened before time counts: that takes longer than all that follows.
  await Promise.all(ids.map(() => clerk.client().ensureUser(mirrored)))
  const failed = await Promise.all([...ids, ...ids].map((id) => failure(rollcall.ensureUser(id))))
  expect(new Set(failed.map(({ code }) => code))).toEqual(new Set(['clerk_unavailable']))
  expect(asked).toBeLessThanOrEqual(ids.length) // some gave up while they waited for their turn

  hangs = false
  const again = () => rollcall.ensureUser(ids[0]!, { ifUnavailable: 'undefined' })
  expect(await until(again, { timeoutMs: 20_000, what: 'Clerk is asked anew' })).toMatchObject({ id: ids[0] })
})

test('[N5] after a 429 nobody asks before Retry-After is over', async () => {
  const [one, other] = [aUser(), aUser()]
  clerk.backend.answerNext({ with: { status: 429, headers: { 'Retry-After': '3' } } })
  const rollcall = clerk.client()
  const start = performance.now()
  expect(await failure(rollcall.ensureUser(one))).toMatchObject({ code: 'clerk_unavailable', retryAfterSeconds: 3 })
  expect(await failure(rollcall.ensureUser(other))).toMatchObject({
    code: 'clerk_unavailable',
    retryAfterSeconds: expect.toSatisfy((seconds) => seconds >= 1 && seconds <= 3),
  })
  expect(clerk.asked()).toBe(1)
  while ((await rollcall.ensureUser(other, { ifUnavailable: 'undefined' })) === undefined) {
    if (performance.now() - start > 60_000) throw new Error('still held')
    await sleep(50)
  }
  expect(performance.now() - start).toBeGreaterThan(2_900)
  expect(clerk.asked()).toBe(2)
})

test('[N4] a database that is away is told, and is used again when it is back', async () => {
  const proxy = await startProxy(clerk.mirror.databaseUrl)
  onTestFinished(proxy.close)
  const id = aUser()
  const rollcall = clerk.client({ database: proxy.url })
  await rollcall.ensureUser(id)
  await proxy.cut()
  const error = await failure(rollcall.ensureUser(id, { ifUnavailable: 'undefined' }))
  expect(error.code).toBe('database_unavailable')
  expect(error.message).not.toContain(new URL(clerk.mirror.databaseUrl).password)
  await proxy.restore()
  expect(await rollcall.ensureUser(id)).toMatchObject({ id })
})

test('[N5] a row that somebody holds is waited for no longer than the deadline, nor is its connection kept', async () => {
  const mirrored = aUser()
  await clerk.deliver()
  const id = aUser()
  const rollcall = clerk.client({ database: clerk.mirror.databaseUrl, deadlineMs: 2_000, poolSize: 1 })
  await clerk.mirror.db.transaction().execute(async (transaction) => {
    await sql`insert into clerk.users (id, version, occurred_at) values (${id}, 1, now())`.execute(transaction)
    expect((await failure(rollcall.ensureUser(id))).code).toBe('database_unavailable')
    const another = () => rollcall.ensureUser(mirrored)
    await until(another, { timeoutMs: 20_000, what: 'the only connection is free for others' })
  })
  expect(await rollcall.ensureUser(id)).toMatchObject({ id })
})

test('[N5] a Postgres that does not answer is given up at the deadline', async () => {
  const id = aUser()
  await clerk.deliver()
  await clerk.mirror.db.transaction().execute(async (transaction) => {
    await sql`lock table clerk.users in access exclusive mode`.execute(transaction)
    const error = await failure(clerk.client({ deadlineMs: 500 }).ensureUser(id, { ifUnavailable: 'undefined' }))
    expect(error.code).toBe('database_unavailable')
    expect(error.message).toContain('no answer within 500 ms')
  })
  expect(clerk.asked()).toBe(0)
})

test('[N4] a schema that is not there is told, with what to do', async () => {
  const error = await failure(clerk.client({ schema: 'elsewhere' }).ensureUser(aUser()))
  expect(error.code).toBe('schema_mismatch')
  expect(error.message).toMatch(/rollcall migrate.*\(42P01\)/)
  expect(clerk.asked()).toBe(0)
})

test('[N4] a role that may not write is told, with what it needs', async () => {
  const reader = uniqueName('rollcall_reader')
  await sql`create role ${sql.id(reader)}`.execute(clerk.mirror.db)
  onTestFinished(async () => {
    await sql`drop owned by ${sql.id(reader)}`.execute(clerk.mirror.db)
    await sql`drop role ${sql.id(reader)}`.execute(clerk.mirror.db)
  })
  await sql`grant usage on schema clerk to ${sql.id(reader)}`.execute(clerk.mirror.db)
  await sql`grant select on clerk.users to ${sql.id(reader)}`.execute(clerk.mirror.db)
  const database = `${clerk.mirror.databaseUrl}?options=-c%20role%3D${reader}`
  const error = await failure(clerk.client({ database }).ensureUser(aUser()))
  expect(error.code).toBe('permission_denied')
  expect(error.message).toMatch(/select.*insert.*update/)

  await sql`grant select, insert, update on clerk.users, clerk.organizations to ${sql.id(reader)}`.execute(
    clerk.mirror.db,
  )
  const rollcall = clerk.client({ database })
  expect(await rollcall.ensureUser(aUser())).toMatchObject({ first_name: 'Ada' })
  const { id } = clerk.instance.createOrganization()
  expect(await rollcall.ensureOrganization(id)).toMatchObject({ id })
})
