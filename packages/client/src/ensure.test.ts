import { Pool } from 'pg'
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest'
import type { UserRow } from './kinds.ts'
import type { Rollcall } from './rollcall.ts'
import { failure, startTestClerk, type TestClerk } from './test-client.ts'

let clerk: TestClerk
beforeAll(async () => {
  clerk = await startTestClerk()
})
beforeEach(() => clerk.clear())
afterAll(() => clerk[Symbol.asyncDispose]())

/** Users and organizations alike. */
const KINDS = [
  {
    kind: 'user',
    table: 'users',
    create: () => clerk.instance.createUser({ public_metadata: { plan: 'pro' }, username: 'ada' }).id,
    remove: (id: string) => clerk.instance.deleteUser(id),
    ensure: (rollcall: Rollcall, id: string) => rollcall.ensureUser(id),
  },
  {
    kind: 'organization',
    table: 'organizations',
    create: () => clerk.instance.createOrganization({ public_metadata: { plan: 'pro' } }, { createdBy: 'user_1' }).id,
    remove: (id: string) => clerk.instance.deleteOrganization(id),
    ensure: (rollcall: Rollcall, id: string) => rollcall.ensureOrganization(id),
  },
] as const

test.each(KINDS)(
  '[N1] $kind: one that is mirrored takes one query, and nothing is asked of Clerk',
  async ({ create, table, ensure }) => {
    const id = create()
    await clerk.deliver()
    const pool = new Pool({ connectionString: clerk.mirror.databaseUrl })
    onTestFinished(() => pool.end())
    let queries = 0
    pool.on('acquire', () => void queries++)

    const row = await ensure(clerk.client({ database: pool }), id)

    expect([row]).toEqual(await clerk.rows(table))
    expect(queries).toBe(1)
    expect(clerk.asked()).toBe(0)
  },
)

test.each(KINDS)(
  '[N1] $kind: one that is missing is asked for once, and its row is the one that the event would write',
  async ({ create, table, ensure }) => {
    const id = create()
    const late = clerk.lose()
    const rollcall = clerk.client({ instanceId: 'ins_test' })

    const row = await ensure(rollcall, id)
    expect([row]).toEqual(await clerk.rows(table))
    expect(await ensure(rollcall, id)).toEqual(row)
    expect(clerk.asked()).toBe(1)

    await clerk.mirror.clear()
    await clerk.deliver(late)
    const [told] = await clerk.rows(table)
    const own = { event_id: null, occurred_at: expect.any(Date), synced_at: expect.any(Date) }
    expect(row).toEqual({ ...told, ...own })
  },
)

test('[N1] a row has dates for times, and is typed by its columns', async () => {
  const { id } = clerk.instance.createUser({ last_sign_in_at: clerk.clock.now() })
  const row: UserRow = await clerk.client().ensureUser(id)
  const typed: { last_sign_in_at: Date | null; banned: boolean | null; version: string; deleted_at: null } = row
  expect(typed).toMatchObject({
    last_sign_in_at: new Date(clerk.clock.now()),
    banned: false,
    version: String(clerk.clock.now()),
    deleted_at: null,
  })
})

test('[N1] the event of what was asked for before changes nothing, and a later one does', async () => {
  const { id } = clerk.instance.createUser()
  const rollcall = clerk.client()
  const row = await rollcall.ensureUser(id)
  await clerk.deliver()
  expect(await clerk.rows()).toEqual([row])
  clerk.clock.advance(1_000)
  clerk.instance.updateUser(id, { first_name: 'Grace' })
  await clerk.deliver()
  expect(await rollcall.ensureUser(id)).toMatchObject({ first_name: 'Grace' })
})

test('[N1] what is left out of the mirror is left out here', async () => {
  const { id } = clerk.instance.createUser({ private_metadata: { iban: 'DE02' }, first_name: 'Ada' })
  const config = { resources: { user: { omit: ['private_metadata', 'email_addresses'] } } } as const
  const row = await clerk.client({ config }).ensureUser(id)
  expect(row).toMatchObject({
    first_name: 'Ada',
    private_metadata: null,
    email_addresses: null,
    primary_email_address: null,
  })
  expect(JSON.stringify(await clerk.rows())).not.toMatch(/iban|example\.com/)
})

test('[N1] a row is of the instance that was given, or that all others are of, or of none', async () => {
  const instances = (given?: string) => clerk.client({ instanceId: given }).ensureUser(clerk.instance.createUser().id)
  expect(await instances()).toMatchObject({ instance_id: null })
  expect(await instances('ins_given')).toMatchObject({ instance_id: 'ins_given' })
  expect(await instances()).toMatchObject({ instance_id: 'ins_given' })
  expect(await instances('ins_other')).toMatchObject({ instance_id: 'ins_other' })
  expect(await instances()).toMatchObject({ instance_id: null })
})

test.each(KINDS)(
  '[N3] $kind: one that is deleted stays so, and Clerk is not asked',
  async ({ kind, table, create, remove, ensure }) => {
    const id = create()
    const [creation] = clerk.lose()
    remove(id)
    await clerk.deliver()
    const before = await clerk.rows(table)

    for (const rollcall of [
      clerk.client(),
      clerk.client({ config: { resources: { [kind]: { onDelete: 'keep' } } } }),
    ]) {
      const error = await failure(ensure(rollcall, id))
      expect(error.code).toBe(`${kind}_deleted`)
      expect(error.message).toContain(id)
    }
    await clerk.deliver([creation!])
    expect((await failure(ensure(clerk.client(), id))).code).toBe(`${kind}_deleted`)
    expect(await clerk.rows(table)).toEqual(before)
    expect(clerk.asked()).toBe(0)
  },
)

test.each(KINDS)('[N3] $kind: of one that Clerk does not know nothing is written', async ({ kind, table, ensure }) => {
  const error = await failure(ensure(clerk.client(), `${kind}_nobody`))
  expect(error.code).toBe(`${kind}_not_found`)
  expect(error.message).toContain(`${kind}_nobody`)
  expect(await clerk.rows(table)).toEqual([])
  expect(clerk.asked()).toBe(1)
})

test('[N3] an organization is known by its id alone: what Clerk tells of another is not written', async () => {
  const { id } = clerk.instance.createOrganization({ slug: 'acme' })
  const bySlug = { getOrganization: () => clerk.sdk.organizations.getOrganization({ organizationId: id }) }
  const rollcall = clerk.client({ clerkClient: { users: clerk.sdk.users, organizations: bySlug } })
  expect((await failure(rollcall.ensureOrganization('acme'))).code).toBe('organization_not_found')
  expect(await clerk.rows('organizations')).toEqual([])
})

test('[N3] a deletion that comes between the answer and its row wins', async () => {
  const { id } = clerk.instance.createUser({ first_name: 'Ada' })
  const clerkClient = clerk.sdkWhere(async () => {
    clerk.clock.advance(10)
    clerk.instance.deleteUser(id)
    await clerk.deliver()
  })
  expect((await failure(clerk.client({ clerkClient }).ensureUser(id))).code).toBe('user_deleted')
  expect(await clerk.rows()).toMatchObject([{ id, first_name: null, deleted_at: expect.any(Date) }])
})

test('[N1] an event that comes between the answer and its row wins', async () => {
  const { id } = clerk.instance.createUser({ first_name: 'Ada' })
  const clerkClient = clerk.sdkWhere(async () => {
    clerk.clock.advance(10)
    clerk.instance.updateUser(id, { first_name: 'Grace' })
    await clerk.deliver()
  })
  const row = await clerk.client({ clerkClient }).ensureUser(id)
  expect(row).toMatchObject({ first_name: 'Grace', event_id: expect.any(String) })
  expect(await clerk.rows()).toEqual([row])
})

test('[N1] an event that says the same as the answer, and comes before its row, stays', async () => {
  const { id } = clerk.instance.createUser()
  const row = await clerk.client({ clerkClient: clerk.sdkWhere(() => clerk.deliver()) }).ensureUser(id)
  expect(row.event_id).toEqual(expect.any(String))
})
