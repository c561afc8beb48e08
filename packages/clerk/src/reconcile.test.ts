import { applyBatch } from '@rollcall/mirror/apply'
import type { Json } from '@rollcall/shared/json'
import { everything, keepingOf } from '@rollcall/testkit/catalog'
import { differences } from '@rollcall/testkit/clerk/differences'
import { seededRandom, shuffled } from '@rollcall/testkit/clerk/random'
import { deliveryOf } from '@rollcall/testkit/deliveries'
import { createTestMirror, type TestMirror } from '@rollcall/testkit/mirror'
import { runSeed } from '@rollcall/testkit/seed'
import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { driftedRows } from './drift.ts'
import { type ReconcileOptions, reconcile } from './reconcile.ts'
import { fillInstance, startTestClerk, type TestClerk } from './test-clerk.ts'

const catalog = everything()
let mirror: TestMirror
beforeAll(async () => {
  mirror = await createTestMirror({ catalog })
})
beforeEach(() => mirror.clear())
afterAll(() => mirror[Symbol.asyncDispose]())

const QUIET: ReconcileOptions['watch'] = { progressed: () => {}, waiting: () => {} }
/** By Clerk's clock, which moves a millisecond with each look at it; and what the test waits for in truth. */
const SETTLE_MS = 300

const run = ({ api, instance }: TestClerk, over: Partial<ReconcileOptions> = {}) =>
  reconcile({
    mirror,
    catalog,
    api,
    instance: { id: instance.id, ownsUnnamedRows: true },
    dryRun: false,
    startedBy: 'command',
    settleMs: SETTLE_MS,
    removeFailed: async () => {},
    watch: QUIET,
    stop: new AbortController().signal,
    ...over,
  })

const apply = (bodies: readonly Json[]) =>
  applyBatch(
    mirror,
    bodies.map((body) => ({ delivery: deliveryOf(body), attempts: 1 })),
    keepingOf(catalog),
  )

/** A Clerk whose events reach the mirror when they are told to, unless they are lost. */
async function startTelling() {
  let told: Json[] = []
  const clerk = await startTestClerk({ emit: ({ body }) => void told.push(body) })
  return Object.assign(clerk, {
    /** Of what happened since the last call all comes; and so long ago that nothing is under way. */
    async deliver() {
      await apply(told)
      told = []
      clerk.advance(60_000)
    },
    /** Of what happened since the last call nothing ever comes; answers the entities that were changed. */
    lose(): ReadonlySet<string> {
      const lost = new Set(told.map((body) => (body as { readonly data: { readonly id: string } }).data.id))
      told = []
      clerk.advance(60_000)
      return lost
    },
  })
}

const lastRun = async () =>
  (await sql<Record<string, unknown>>`select * from clerk.reconcile_runs order by id desc limit 1`.execute(mirror.db))
    .rows[0]

test('[K12] a mirror that agrees is left alone, and the run is kept', async () => {
  await using clerk = await startTelling()
  fillInstance(clerk.instance)
  await clerk.deliver()
  const before = (await sql`select xmin::text, * from clerk.users`.execute(mirror.db)).rows
  const result = await run(clerk)
  expect(result).toMatchObject({ outcome: 'agreed', driftedRows: 0, mendedRows: 0 })
  expect((await sql`select xmin::text, * from clerk.users`.execute(mirror.db)).rows).toEqual(before)
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

test('[K12] rows that are missing, older, changed or gone are found, mended, and not found again', async () => {
  await using clerk = await startTelling()
  const { userId, organizationId } = fillInstance(clerk.instance)
  clerk.instance.createUser({ first_name: 'Lovelace' })
  const changed = clerk.instance.users.all()[1]!.id
  await clerk.deliver()
  clerk.instance.updateOrganization(organizationId, { name: 'Difference' })
  clerk.instance.deleteUser(userId)
  const missing = clerk.instance.createUser().id
  clerk.lose()
  await sql`update clerk.users set first_name = 'astray' where id = ${changed}`.execute(mirror.db)

  const user = { missing: 1, changed: 1, older: 0, gone: 1, contradicted: 0, failed: 0 }
  const examples = { missing: [missing], changed: [changed], gone: [userId] }
  const expected = {
    user: { ...user, compared: 2, examples },
    organization: { compared: 1, missing: 0, changed: 0, older: 1, gone: 0, examples: { older: [organizationId] } },
    organization_membership: { gone: 1 },
  }
  const dry = await run(clerk, { dryRun: true })
  expect(dry).toMatchObject({ outcome: 'drifted', driftedRows: 5, mendedRows: 0, drift: expected })
  expect(await lastRun()).toMatchObject({ dry_run: true, outcome: 'drifted', drifted_rows: '5', drift: dry.drift })
  expect(await differences(mirror, catalog, clerk.instance)).toHaveLength(5)

  const real = await run(clerk)
  expect(real).toMatchObject({ outcome: 'mended', driftedRows: 5, mendedRows: 5, drift: expected })
  expect(real.drift.user!.mended).toBe(3)
  expect(await differences(mirror, catalog, clerk.instance)).toEqual([])
  expect(await run(clerk)).toMatchObject({ outcome: 'agreed', driftedRows: 0 })
})

const seed = runSeed()
test(`[K12] [K13] of 1,000 changes that were lost it finds exactly those, mends them, and then nothing (seed ${seed})`, async () => {
  const random = seededRandom(seed)
  await using clerk = await startTelling()
  const { instance } = clerk
  for (let i = 0; i < 60; i++) {
    const { id: organizationId } = instance.createOrganization()
    instance.createDomain({ organizationId })
    instance.createInvitation({ organizationId })
  }
  const organizations = instance.organizations.all().map(({ id }) => id)
  for (let i = 0; i < 900; i++) {
    const { id: userId } = instance.createUser()
    const organizationId = organizations[i % organizations.length]!
    if (i % 3 > 0) instance.createMembership({ organizationId, userId })
  }
  for (let i = 0; i < 40; i++) instance.createWaitlistEntry()
  for (let i = 0; i < 20; i++) {
    instance.createRole()
    instance.createPermission()
  }
  await clerk.deliver()
  expect(await differences(mirror, catalog, instance)).toEqual([])

  // No entity is changed twice: so many changes are so many rows that differ.
  const some = (ids: readonly { readonly id: string }[]) => shuffled(ids, random).map(({ id }) => id)
  const users = some(instance.users.all())
  const members = new Set(
    instance.memberships.all().map(({ public_user_data: user }) => (user as { user_id: string }).user_id),
  )
  const memberless = users.filter((id) => !members.has(id))
  for (const id of users.filter((id) => members.has(id)).slice(0, 300)) instance.updateUser(id, { first_name: 'Lost' })
  for (const id of memberless.slice(0, 120)) instance.deleteUser(id)
  for (const id of memberless.slice(120, 200)) instance.updateUser(id, { username: `lost_${id}` })
  for (let i = 0; i < 150; i++) instance.createUser()
  const memberships = some(instance.memberships.all())
  for (const id of memberships.slice(0, 90)) instance.updateMembership(id, { role: 'org:admin' })
  for (const id of memberships.slice(90, 180)) instance.deleteMembership(id)
  for (const id of organizations.slice(0, 40)) instance.updateOrganization(id, { name: 'Lost' })
  for (const id of some(instance.domains.all()).slice(0, 40)) instance.deleteDomain(id)
  for (const id of some(instance.invitations.all()).slice(0, 40)) instance.revokeInvitation(id)
  for (const id of some(instance.waitlist.all()).slice(0, 30)) instance.updateWaitlistEntry(id, { status: 'invited' })
  for (const id of some(instance.roles.all()).slice(0, 10)) instance.deleteRole(id)
  for (const id of some(instance.permissions.all()).slice(0, 10)) instance.updatePermission(id, { name: 'Lost' })
  const lost = clerk.lose()
  expect(lost.size).toBe(1_000)
  expect(await differences(mirror, catalog, instance)).toHaveLength(1_000)

  const dry = await run(clerk, { dryRun: true })
  expect(dry).toMatchObject({ outcome: 'drifted', driftedRows: 1_000, mendedRows: 0 })
  expect(dry.drift.user).toMatchObject({ older: 380, gone: 120, missing: 150, changed: 0 })
  expect(dry.drift.organization_membership).toMatchObject({ older: 90, gone: 90, missing: 0, changed: 0 })
  const real = await run(clerk)
  expect(real).toMatchObject({ outcome: 'mended', driftedRows: 1_000, mendedRows: 1_000 })
  expect(await differences(mirror, catalog, instance)).toEqual([])
  expect(await run(clerk)).toMatchObject({ outcome: 'agreed', driftedRows: 0, mendedRows: 0 })
})

test('[K12] an organization whose deletion was lost takes along what is in it, each row found by itself', async () => {
  await using clerk = await startTelling()
  const { organizationId, userId } = fillInstance(clerk.instance)
  const other = clerk.instance.createInvitation({ organizationId }).id
  clerk.instance.revokeInvitation(other)
  await clerk.deliver()
  clerk.instance.deleteOrganization(organizationId)
  clerk.lose()
  const before = clerk.server.requests.length
  const gone = { organization: { gone: 1 }, organization_membership: { gone: 1 }, organization_domain: { gone: 1 } }
  // An invitation that no longer waits is history, here and with an event [T3].
  const expected = { ...gone, organization_invitation: { gone: 1 } }
  expect(await run(clerk, { dryRun: true })).toMatchObject({ driftedRows: 4, drift: expected })
  expect(await run(clerk)).toMatchObject({ driftedRows: 4, mendedRows: 4, drift: expected })
  expect(await run(clerk)).toMatchObject({ outcome: 'agreed' })
  expect(clerk.server.requests.slice(before).filter(({ path }) => path.includes(other))).toEqual([])
  expect(await differences(mirror, catalog, clerk.instance)).toEqual([`organization_invitations ${other}`])
  expect(clerk.instance.users.get(userId)).toBeDefined()
})

describe('what happens while it looks', () => {
  test('[K14] whoever is created, changed or deleted meanwhile is not misjudged', async () => {
    await using clerk = await startTelling()
    const { instance } = clerk
    const { organizationId } = fillInstance(instance)
    instance.seedUsers(1_600)
    const users = instance.users.all().map(({ id }) => id)
    await run(clerk)
    await clerk.deliver()
    for (const dryRun of [true, false]) {
      let answers = 0
      clerk.server.beforeAnswer(() => {
        const i = answers++
        const userId = instance.createUser({ first_name: 'New' }).id
        instance.createMembership({ organizationId, userId })
        if (i % 2 === 0) instance.deleteUser(users.pop()!)
        else instance.updateUser(users[i * 90]!, { first_name: 'Newer' })
        instance.deleteUser(users.shift()!)
      })
      const waiting = () => clerk.deliver()
      const result = await run(clerk, { dryRun, watch: { ...QUIET, waiting } })
      clerk.server.beforeAnswer(() => {})
      expect(result).toMatchObject({ outcome: 'agreed', driftedRows: 0 })
      await clerk.deliver()
      expect(await differences(mirror, catalog, instance)).toEqual([])
    }
  })

  test('[K14] a row that its list did not have yet is asked for by itself, and stays', async () => {
    await using clerk = await startTelling()
    fillInstance(clerk.instance)
    await clerk.deliver()
    const list = { data: [], total_count: 0 }
    clerk.server.answerNext({ path: /organization_roles\?/, with: { status: 200, body: list } })
    expect(await run(clerk)).toMatchObject({ outcome: 'agreed' })
    expect(clerk.server.requests.some(({ path }) => /^\/v1\/organization_roles\/role_/.test(path))).toBe(true)
    expect(await differences(mirror, catalog, clerk.instance)).toEqual([])
  })
})

test("[K13] only a word of Clerk's own says that an entity is gone", async () => {
  await using clerk = await startTelling()
  const { userId } = fillInstance(clerk.instance)
  await clerk.deliver()
  const users = { path: /^\/v1\/users\?/, with: { status: 200, body: [] } } as const
  const answers = [
    { status: 404, body: { errors: [{ code: 'not_here' }] } },
    { status: 404, body: null },
    { status: 403, body: { errors: [{ code: 'feature_not_enabled' }] } },
    { status: 200, body: { object: 'user', id: 'user_another' } },
  ]
  for (const answer of answers) {
    clerk.server.answerNext(users)
    clerk.server.answerNext({ path: new RegExp(`^/v1/users/${userId}`), with: answer })
    expect(await run(clerk)).toMatchObject({ outcome: 'agreed' })
  }
  clerk.server.answerNext(users)
  clerk.server.answerNext({ path: new RegExp(`^/v1/users/${userId}`), times: 8, with: { status: 502 } })
  await expect(run(clerk)).rejects.toMatchObject({ code: 'clerk_unavailable' })
  expect(await lastRun()).toMatchObject({ outcome: 'failed', error: expect.stringMatching(/^clerk_unavailable: /) })
  expect(await differences(mirror, catalog, clerk.instance)).toEqual([])
})

test('[K13] rows of another instance, and of none while it is not known whose they are, are left', async () => {
  await using clerk = await startTelling()
  const user = (id: string, instance_id: string | null) => ({
    type: 'user.created',
    timestamp: clerk.instance.now(),
    instance_id,
    data: { id, updated_at: clerk.instance.now() },
  })
  await apply([user('user_other', 'ins_other'), user('user_unnamed', null)])
  clerk.advance(60_000)
  const unknown = { instance: { id: 'ins_test', ownsUnnamedRows: false } }
  expect(await run(clerk, unknown)).toMatchObject({ outcome: 'agreed' })
  const known = { instance: { id: 'ins_test', ownsUnnamedRows: true } }
  expect(await run(clerk, known)).toMatchObject({
    driftedRows: 1,
    drift: { user: { examples: { gone: ['user_unnamed'] } } },
  })
})

test('[K15] who is deleted here and alive at Clerk is told of, left, and no drift', async () => {
  await using clerk = await startTelling()
  const { userId } = fillInstance(clerk.instance)
  await clerk.deliver()
  await apply([{ type: 'user.deleted', timestamp: clerk.instance.now(), data: { id: userId, deleted: true } }])
  clerk.advance(60_000)
  const result = await run(clerk)
  expect(result).toMatchObject({
    outcome: 'agreed',
    drift: { user: { contradicted: 1, examples: { contradicted: [userId] } } },
  })
  // The membership went with its user, and is not told of beside.
  expect(result.drift.organization_membership).toMatchObject({ contradicted: 0 })
})

test('[T7] whoever is found to be gone leaves the queue as well, or stays until that is possible', async () => {
  await using clerk = await startTelling()
  const { userId } = fillInstance(clerk.instance)
  await clerk.deliver()
  // Too long for an index and too random to be packed: Postgres refuses it.
  const username = Array.from({ length: 400 }, () => crypto.randomUUID()).join('')
  const timestamp = clerk.instance.now()
  await apply([{ type: 'user.updated', timestamp, data: { id: userId, username, updated_at: timestamp } }])
  const failures = async () =>
    (await sql`select from clerk.webhook_events where outcome = 'failed'`.execute(mirror.db)).rows
  expect(await failures()).toHaveLength(1)
  clerk.instance.deleteUser(userId)
  clerk.lose()

  const away = () => Promise.reject(new Error('the queue is away'))
  await expect(run(clerk, { removeFailed: away })).rejects.toThrow('the queue is away')
  const removed: string[] = []
  const result = await run(clerk, { removeFailed: async (ids) => void removed.push(...ids) })
  expect(result.drift.user).toMatchObject({ gone: 1, mended: 1 })
  expect(removed).toHaveLength(1)
})

test('[K14] told to stop while it waits, it ends at once, and has deleted nothing', async () => {
  await using clerk = await startTelling()
  const { userId } = fillInstance(clerk.instance)
  await clerk.deliver()
  clerk.instance.deleteUser(userId)
  clerk.lose()
  const stop = new AbortController()
  const watch = { ...QUIET, waiting: () => stop.abort(new Error('told to stop')) }
  await expect(run(clerk, { settleMs: 3_600_000, stop: stop.signal, watch })).rejects.toThrow('told to stop')
  expect(driftedRows((await run(clerk, { dryRun: true })).drift)).toBe(2)
})
