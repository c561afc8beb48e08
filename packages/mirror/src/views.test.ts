import { everything, keepingOf } from '@rollcall/testkit/catalog'
import { deliveryOf } from '@rollcall/testkit/deliveries'
import { bodyOf } from '@rollcall/testkit/lives'
import { createTestMirror } from '@rollcall/testkit/mirror'
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { applyBatch } from './apply.ts'
import { migrate } from './migrate.ts'
import { listMigrations } from './migrations.ts'
import { event, membership, user, userDeleted } from './test-deletions.ts'

test('[M6] the views show who is there, who is where, and every address once', async () => {
  await using mirror = await createTestMirror()
  const grace = event('user.created', 'user_grace', 0, {
    banned: true,
    primary_email_address_id: 'idn_3',
    email_addresses: [
      { id: 'idn_2', email_address: 'grace@example.org', verification: null },
      { id: 'idn_3', email_address: 'grace@example.com', verification: { status: 'verified' } },
    ],
  })
  const odd = event('user.created', 'user_odd', 0, { email_addresses: 'none' })
  const organization = event('organization.created', 'org_acme', 0, { name: 'Acme', slug: 'acme' })
  const early = { ...membership(0, { public_user_data: { user_id: 'user_late' } }), id: 'orgmem_2' }
  const events = [user(), grace, odd, organization, membership(0), early]
  const apply = (...each: typeof events) =>
    applyBatch(
      mirror,
      each.map((one) => ({ delivery: deliveryOf(bodyOf(one)), attempts: 1 })),
      keepingOf(mirror.catalog),
    )
  const show = async (query: string) => (await sql.raw<Record<string, unknown>>(query).execute(mirror.db)).rows
  const memberships = () =>
    show('select id, organization_name, first_name, role from clerk.active_memberships order by id')
  await apply(...events)

  expect(await show('select id, banned from clerk.active_users order by id')).toEqual([
    { id: 'user_ada', banned: null },
    { id: 'user_grace', banned: true },
    { id: 'user_odd', banned: null },
  ])
  expect(
    await show('select user_id, email_address, is_verified, is_primary from clerk.user_emails order by 1, 2'),
  ).toEqual([
    { user_id: 'user_ada', email_address: 'Ada@Example.com', is_verified: false, is_primary: true },
    { user_id: 'user_grace', email_address: 'grace@example.com', is_verified: true, is_primary: true },
    { user_id: 'user_grace', email_address: 'grace@example.org', is_verified: false, is_primary: false },
  ])
  expect(await memberships()).toEqual([
    { id: 'orgmem_1', organization_name: 'Acme', first_name: 'Ada', role: 'org:member' },
    { id: 'orgmem_2', organization_name: 'Acme', first_name: null, role: 'org:member' },
  ])

  await apply(userDeleted(10))
  expect(await show("select id from clerk.active_users where id = 'user_ada'")).toEqual([])
  expect(await show("select user_id from clerk.user_emails where user_id = 'user_ada'")).toEqual([])
  expect((await memberships()).map(({ id }) => id)).toEqual(['orgmem_2'])
})

test('[M5] [M6] what is switched on later gets its table then, and the views over it', async () => {
  const off = everything({ organization: false, organization_membership: false, session: false })
  await using mirror = await createTestMirror({ catalog: off })
  const relations = async () =>
    (
      await sql<{ name: string }>`
        select table_name as name from information_schema.tables where table_schema = 'clerk'`.execute(mirror.db)
    ).rows.map(({ name }) => name)
  const later = ['organizations', 'organization_memberships', 'sessions', 'active_memberships']
  expect((await relations()).filter((name) => later.includes(name))).toEqual([])
  expect(await relations()).toContain('active_users')

  expect(await migrate(mirror, await listMigrations(everything()))).toEqual([
    'organization_membership/0001_organization_memberships',
    'organization/0001_organizations',
    'session/0001_sessions',
    'active_memberships/0001_active_memberships',
  ])
  expect(await relations()).toEqual(expect.arrayContaining(later))
})
