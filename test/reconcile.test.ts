import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { backfill } from '@rollcall/cli/commands/backfill'
import { reconcile } from '@rollcall/cli/commands/reconcile'
import { startBackendApi } from '@rollcall/testkit/clerk/backend-api'
import { createClerkInstance } from '@rollcall/testkit/clerk/instance'
import { createTestMirror, type TestMirror } from '@rollcall/testkit/mirror'
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { rollcall } from './rollcall.ts'
import { runHere } from './run-here.ts'

let folder: string
let mirror: TestMirror
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rollcall-reconcile-'))
  mirror = await createTestMirror()
})
afterAll(async () => {
  await mirror[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

test('[K12] [C9] it exits 1 for drift that a dry run found, mends it, and then agrees', async () => {
  let agoMs = 600_000
  const instance = createClerkInstance({ now: () => Date.now() - agoMs })
  instance.seedUsers(700)
  const organizationId = instance.createOrganization().id
  instance.createMembership({ organizationId, userId: instance.users.all()[0]!.id })
  await using clerk = await startBackendApi(instance)
  const variables = { DATABASE_URL: mirror.databaseUrl, CLERK_SECRET_KEY: clerk.secretKey, CLERK_API_URL: clerk.url }
  expect(await runHere(backfill, folder, [], variables)).toMatchObject({ code: 0 })

  const lost = instance.users.all()[5]!.id
  await sql`delete from clerk.users where id = ${lost}`.execute(mirror.db)
  agoMs = 0
  const dry = await rollcall(folder, ['reconcile', '--dry-run'], variables)
  expect(dry.code).toBe(1)
  expect(dry.stderr).toContain('user: 700 of 700 (100 %)')
  expect(dry.stdout).toMatch(/^RESOURCE +COMPARED +MISSING +OLDER +CHANGED +GONE\n/)
  expect(dry.stdout).toMatch(/\nuser +700 +1 +0 +0 +0\n/)
  expect(dry.stdout).toContain(`\nuser missing: ${lost}\n`)
  expect(dry.stdout).toMatch(/\n1 row would be mended\. Run it without --dry-run to do so\.\n$/)

  await sql`insert into clerk.roles (id, instance_id, version, occurred_at) values ('role_gone', 'ins_test', 1, now())`.execute(
    mirror.db,
  )
  const mended = await runHere(reconcile, folder, ['--json'], variables)
  expect(mended.code).toBe(0)
  expect(mended.stderr).toContain(
    'Waiting 15 s for events that may be under way, to look again at what Clerk no longer has (1).',
  )
  expect(JSON.parse(mended.stdout)).toMatchObject({ dryRun: false, outcome: 'mended', driftedRows: 2, mendedRows: 2 })

  const agreed = await runHere(reconcile, folder, ['--dry-run'], variables)
  expect(agreed).toMatchObject({ code: 0, stdout: expect.stringMatching(/\n\nThe mirror agrees with Clerk\.\n$/) })
  const { rows } = await sql`
    select dry_run, outcome, drifted_rows, mended_rows from clerk.reconcile_runs order by id`.execute(mirror.db)
  expect(rows).toEqual([
    { dry_run: true, outcome: 'drifted', drifted_rows: '1', mended_rows: '0' },
    { dry_run: false, outcome: 'mended', drifted_rows: '2', mended_rows: '2' },
    { dry_run: true, outcome: 'agreed', drifted_rows: '0', mended_rows: '0' },
  ])
}, 120_000)
