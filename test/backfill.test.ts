import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { backfill } from '@rollcall/cli/commands/backfill'
import { startBackendApi } from '@rollcall/testkit/clerk/backend-api'
import { createClerkInstance } from '@rollcall/testkit/clerk/instance'
import { createTestMirror, type TestMirror } from '@rollcall/testkit/mirror'
import { until } from '@rollcall/testkit/wait'
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { rollcall, startRollcall } from './rollcall.ts'
import { runHere } from './run-here.ts'

let folder: string
let mirror: TestMirror
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rollcall-backfill-'))
  mirror = await createTestMirror()
})
afterAll(async () => {
  await mirror[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

const instance = createClerkInstance({ now: Date.now })
instance.seedUsers(1_200)
instance.createOrganization()

async function startClerk() {
  const clerk = await startBackendApi(instance)
  const variables = { DATABASE_URL: mirror.databaseUrl, CLERK_SECRET_KEY: clerk.secretKey, CLERK_API_URL: clerk.url }
  return Object.assign(clerk, { variables })
}

test('[C9] [C10] a backfill says how far it is, and then what became of the rows', async () => {
  await using clerk = await startClerk()
  const first = await rollcall(folder, ['backfill', 'users', 'organizations'], clerk.variables)
  expect(first.code).toBe(0)
  expect(first.stderr).toMatch(
    /^user: 0 of 1200 \(0 %\)\n(user: (500|1000) of .*\n)*user: 1200 of 1200 \(100 %\), \d+\/s\norganization: 0\n/,
  )
  expect(first.stdout).toMatch(
    /^RESOURCE +CREATED +UPDATED +UNCHANGED\nuser +1200 +0 +0\norganization +1 +0 +0\n\nIt took .+, and \d+ MB of memory at the most\.\n$/,
  )
  const second = await runHere(backfill, folder, ['--json'], clerk.variables)
  expect(JSON.parse(second.stdout)).toMatchObject({
    instance: 'ins_test',
    resources: { user: { created: 0, updated: 0, unchanged: 1_200, deleted: 0, failed: 0 }, role: { unchanged: 0 } },
    peakMemoryMegabytes: expect.any(Number),
  })
})

test('[C9] told to stop it says so, keeps what was read, and goes on from there', async () => {
  await using clerk = await startClerk()
  await sql`truncate clerk.users`.execute(mirror.db)
  let asked = 0
  // The third page is never answered.
  clerk.beforeAnswer(async (path) => {
    if (path.startsWith('/v1/users?') && ++asked === 3) await new Promise(() => undefined)
  })
  const running = startRollcall(folder, ['backfill', 'user'], clerk.variables)
  const rows = async () => (await sql`select from clerk.users`.execute(mirror.db)).rows.length
  await until(async () => (await rows()) === 1_000, { timeoutMs: 20_000, what: 'two pages are written' })
  running.child.kill('SIGINT')
  expect(await running.finished).toMatchObject({
    code: 1,
    stdout: '',
    stderr: expect.stringContaining(
      'Stopped. What was read is kept: run the command again, and it goes on from there.',
    ),
  })

  clerk.beforeAnswer(() => undefined)
  const { code, stderr, stdout } = await runHere(backfill, folder, ['user'], clerk.variables)
  expect({ code, stderr }).toEqual({
    code: 0,
    stderr: expect.stringContaining('Going on with the backfill that was begun'),
  })
  expect(stdout).toMatch(/\nuser +1200 +0 +0\n/)
})

test('[C10] what is wrong with the call, the key or the instance is told before anything is read', async () => {
  await using clerk = await startClerk()
  const { variables } = clerk
  const { CLERK_SECRET_KEY: _, ...keyless } = variables
  const cases = [
    [['usr'], variables, 'UsageError', 'There is no resource `usr`. Did you mean `user`?'],
    [[], keyless, 'ConfigError', 'CLERK_SECRET_KEY: is not set'],
    [[], { ...variables, CLERK_SECRET_KEY: 'pk_live_hidden' }, 'ConfigError', 'CLERK_SECRET_KEY: must be a secret key'],
    [[], { ...variables, CLERK_SECRET_KEY: 'sk_test_hidden' }, 'CommandError', 'refuses CLERK_SECRET_KEY (401'],
    [[], { ...variables, CLERK_INSTANCE_ID: 'ins_other' }, 'CommandError', 'which CLERK_INSTANCE_ID does not name'],
    [[], { ...variables, DATABASE_SCHEMA: 'nowhere' }, 'CommandError', 'Run `pnpm rollcall migrate`.'],
  ] as const
  const requests = clerk.requests.length
  for (const [words, given, name, message] of cases) {
    const error = await runHere(backfill, folder, words, given).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ name, message: expect.stringContaining(message) })
    expect(String(error)).not.toContain('hidden')
  }
  expect(clerk.requests.slice(requests).every(({ path }) => path === '/v1/instance')).toBe(true)
})
