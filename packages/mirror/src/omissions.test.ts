import type { CatalogSettings } from '@rollcall/resources/catalog'
import { everything, keepingOf } from '@rollcall/testkit/catalog'
import { deliveryOf } from '@rollcall/testkit/deliveries'
import { type AnyEvent, bodyOf } from '@rollcall/testkit/lives'
import { createTestMirror, type TestMirror } from '@rollcall/testkit/mirror'
import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { applyBatch } from './apply.ts'
import { purgeOmitted } from './purge-omitted.ts'
import { event } from './test-deletions.ts'

const SECRET = 'secret-value'
const OMIT: CatalogSettings = {
  user: { omit: ['private_metadata', 'phone_numbers'] },
  organization: { omit: ['slug'] },
}

const person = {
  updated_at: 1_764_000_000_000,
  first_name: 'Ada',
  private_metadata: { note: SECRET },
  primary_phone_number_id: 'idn_9',
  phone_numbers: [{ id: 'idn_9', phone_number: SECRET }],
}
const EVENTS = [
  event('user.created', 'user_ada', 0, person),
  event('session.created', 'sess_1', 0, { user_id: 'user_ada', user: { id: 'user_ada', ...person } }),
  event('organizationMembership.created', 'orgmem_1', 0, {
    organization: { id: 'org_1', slug: SECRET, name: 'Acme' },
    public_user_data: { user_id: 'user_ada' },
  }),
]

describe('what is left out', () => {
  let mirror: TestMirror
  beforeAll(async () => {
    mirror = await createTestMirror()
  })
  beforeEach(() => mirror.clear())
  afterAll(() => mirror[Symbol.asyncDispose]())

  const apply = (events: readonly AnyEvent[], settings: CatalogSettings) =>
    applyBatch(
      mirror,
      events.map((one) => ({ delivery: deliveryOf(bodyOf(one)), attempts: 1 })),
      { ...keepingOf(everything(settings)), bodies: 'all' },
    )
  const rows = async (table: string) =>
    (await sql<Record<string, unknown>>`select * from ${sql.id('clerk', table)}`.execute(mirror.db)).rows
  const contents = async () =>
    JSON.stringify(await Promise.all(['users', 'sessions', 'organization_memberships', 'webhook_events'].map(rows)))

  test('[T8] is in no column, also none that is read from it, not in `data`, not in what embeds it, not in a kept body', async () => {
    await apply(EVENTS, OMIT)
    const [user] = await rows('users')
    expect(user).toMatchObject({
      first_name: 'Ada',
      private_metadata: null,
      phone_numbers: null,
      primary_phone_number: null,
    })
    expect(await contents()).not.toContain(SECRET)
    expect(await rows('organization_memberships')).toMatchObject([
      { organization_id: 'org_1', data: { organization: { name: 'Acme' } } },
    ])
  })

  test('[T8] a column that is read from several fields is empty where one of them is left out', async () => {
    const item = event('subscriptionItem.created', 'csub_item_1', 0, { payer_id: SECRET, payer: { id: SECRET } })
    await apply([item], { subscription_item: { omit: ['payer_id'] } })
    expect(await rows('subscription_items')).toMatchObject([{ payer_id: null, data: { payer: { id: SECRET } } }])
  })

  test('[T8] is removed from rows that were written before, by `migrate`, once', async () => {
    await apply(EVENTS, {})
    expect(await contents()).toContain(SECRET)
    const catalog = everything(OMIT)
    expect(await purgeOmitted(mirror, catalog)).toEqual([
      { table: 'organization_memberships', rows: 1 },
      { table: 'sessions', rows: 1 },
      { table: 'users', rows: 1 },
    ])
    await sql`delete from clerk.webhook_events`.execute(mirror.db) // kept bodies go with their retention
    expect(await contents()).not.toContain(SECRET)
    const [user] = await rows('users')
    expect(user).toMatchObject({ first_name: 'Ada', primary_phone_number: null, data: { first_name: 'Ada' } })
    expect(await purgeOmitted(mirror, catalog)).toEqual([])
  })

  test('[T8] …however many rows there are', async () => {
    const many = Array.from({ length: 2_100 }, (_, i) => event('user.created', `user_${i}`, 0, person))
    await apply(many, {})
    expect(await purgeOmitted(mirror, everything(OMIT))).toEqual([{ table: 'users', rows: 2_100 }])
    const [left] = (
      await sql<{ count: string }>`select count(*) from clerk.users where data ? 'phone_numbers'`.execute(mirror.db)
    ).rows
    expect(left).toEqual({ count: '0' })
  })
})
