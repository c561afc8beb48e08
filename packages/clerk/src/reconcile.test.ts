import { differences } from '@rollcall/testkit/clerk/differences'
import type { ClerkInstance } from '@rollcall/testkit/clerk/instance'
import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { fillInstance } from './test-clerk.ts'
import { createReconcileBench, type ReconcileBench } from './test-reconcile.ts'

let bench: ReconcileBench
beforeAll(async () => {
  bench = await createReconcileBench()
})
beforeEach(() => bench.mirror.clear())
afterAll(() => bench[Symbol.asyncDispose]())

const differencesFrom = (instance: ClerkInstance) => differences(bench.mirror, bench.mirror.catalog, instance)

const lastRun = async () =>
  (
    await sql<Record<string, unknown>>`select * from clerk.reconcile_runs order by id desc limit 1`.execute(
      bench.mirror.db,
    )
  ).rows[0]

test('[K12] a mirror that agrees is left alone, and the run is kept', async () => {
  await using clerk = await bench.startTelling()
  fillInstance(clerk.instance)
  await clerk.deliver()
  const before = (await sql`select xmin::text, * from clerk.users`.execute(bench.mirror.db)).rows
  const result = await bench.run(clerk)
  expect(result).toMatchObject({ outcome: 'agreed', driftedRows: 0, mendedRows: 0 })
  expect((await sql`select xmin::text, * from clerk.users`.execute(bench.mirror.db)).rows).toEqual(before)
  expect(await lastRun()).toMatchObject({
    started_by: 'command',
    dry_run: false,
    instance_id: 'ins_test',
    outcome: 'agreed',
    drifted_rows: '0',
    mended_rows: '0',
    drift: result.drift,
    finished_at: expect.any(Date),
    error: null,
  })
})

test('[K12] the newest 1,000 runs are kept', async () => {
  await using clerk = await bench.startTelling()
  await sql`
    insert into clerk.reconcile_runs (started_by, dry_run, instance_id)
    select 'schedule', false, 'ins_test' from generate_series(1, 1100)`.execute(bench.mirror.db)
  await bench.run(clerk)
  const { rows } = await sql<{ count: string; newest: string }>`
    select count(*), max(outcome) as newest from clerk.reconcile_runs`.execute(bench.mirror.db)
  expect(rows).toEqual([{ count: '1000', newest: 'agreed' }])
})

test('[K12] rows that are missing, older, changed or gone are found, mended, and not found again', async () => {
  await using clerk = await bench.startTelling()
  const { userId, organizationId } = fillInstance(clerk.instance)
  clerk.instance.createUser({ first_name: 'Lovelace' })
  const changed = clerk.instance.users.all()[1]!.id
  await clerk.deliver()
  clerk.instance.updateOrganization(organizationId, { name: 'Difference' })
  clerk.instance.deleteUser(userId)
  const missing = clerk.instance.createUser().id
  clerk.lose()
  await sql`update clerk.users set first_name = 'astray' where id = ${changed}`.execute(bench.mirror.db)

  const user = { missing: 1, changed: 1, older: 0, gone: 1, contradicted: 0, failed: 0 }
  const examples = { missing: [missing], changed: [changed], gone: [userId] }
  const expected = {
    user: { ...user, compared: 2, examples },
    organization: { compared: 1, missing: 0, changed: 0, older: 1, gone: 0, examples: { older: [organizationId] } },
    organization_membership: { gone: 1 },
  }
  const dry = await bench.run(clerk, { dryRun: true })
  expect(dry).toMatchObject({ outcome: 'drifted', driftedRows: 5, mendedRows: 0, drift: expected })
  expect(await lastRun()).toMatchObject({ dry_run: true, outcome: 'drifted', drifted_rows: '5', drift: dry.drift })
  expect(await differencesFrom(clerk.instance)).toHaveLength(5)

  const real = await bench.run(clerk)
  expect(real).toMatchObject({ outcome: 'mended', driftedRows: 5, mendedRows: 5, drift: expected })
  expect(real.drift.user!.mended).toBe(3)
  expect(await differencesFrom(clerk.instance)).toEqual([])
  expect(await bench.run(clerk)).toMatchObject({ outcome: 'agreed', driftedRows: 0 })
})

test('[K12] an organization whose deletion was lost takes along what is in it, each row found by itself', async () => {
  await using clerk = await bench.startTelling()
  const { organizationId, userId } = fillInstance(clerk.instance)
  for (let i = 0; i < 30; i++) {
    clerk.instance.createMembership({ organizationId, userId: clerk.instance.createUser().id })
  }
  const other = clerk.instance.createInvitation({ organizationId }).id
  clerk.instance.revokeInvitation(other)
  await clerk.deliver()
  clerk.instance.deleteOrganization(organizationId)
  clerk.lose()
  const before = clerk.server.requests.length
  const gone = { organization: { gone: 1 }, organization_membership: { gone: 31 }, organization_domain: { gone: 1 } }
  // An invitation that no longer waits is history, here and with an event [T3].
  const expected = { ...gone, organization_invitation: { gone: 1 } }
  expect(await bench.run(clerk, { dryRun: true })).toMatchObject({ driftedRows: 34, drift: expected })
  expect(await bench.run(clerk)).toMatchObject({ driftedRows: 34, mendedRows: 34, drift: expected })
  expect(await bench.run(clerk)).toMatchObject({ outcome: 'agreed' })
  const asked = (part: string) => clerk.server.requests.slice(before).filter(({ path }) => path.includes(part))
  expect(asked(other)).toEqual([])
  // That there is no organization is an answer for all of its members.
  expect(asked(`${organizationId}/memberships`).length).toBeLessThan(31)
  expect(await differencesFrom(clerk.instance)).toEqual([`organization_invitations ${other}`])
  expect(clerk.instance.users.get(userId)).toBeDefined()
})

test('[K12] what an event overtook is neither mended nor counted', async () => {
  await using clerk = await bench.startTelling()
  const { userId } = fillInstance(clerk.instance)
  await clerk.deliver()
  const user = clerk.instance.users.get(userId)!
  // An event of the very millisecond of Clerk's answer wins against it.
  const readAt = Math.floor(clerk.instance.now() / 1_000) * 1_000
  const body = {
    type: 'user.updated',
    timestamp: readAt,
    instance_id: 'ins_test',
    data: { ...user, first_name: 'Grace' },
  }
  await bench.apply([body])
  const headers = { Date: new Date(readAt).toUTCString(), 'Content-Type': 'application/json' }
  const answer = { path: /\/users\?/, with: { status: 200, headers, body: [user] } }
  clerk.server.answerNext(answer)
  expect(await bench.run(clerk)).toMatchObject({ outcome: 'agreed', driftedRows: 0, mendedRows: 0 })
})
