import { describe, expect, test } from 'vitest'
import { startTestApi } from './test-api.ts'

describe('the list of users', () => {
  test('by the cursor has everybody who was there all the time once, whatever else comes and goes', async () => {
    const { clock, instance, listed } = await startTestApi()
    const firstPage = '/users?limit=500&order_by=%2Bcreated_at'
    const pageAfter = (id: unknown) => listed(`${firstPage}&starting_after=${id}`)
    instance.seedUsers(1_203)
    const before = instance.users.all()
    const leaving = [before[0]!, before[250]!, before[700]!, before[1_100]!]
    clock.advance(1_000)

    const first = await listed(firstPage)
    instance.deleteUser(leaving[0]!.id)
    instance.deleteUser(leaving[1]!.id)
    instance.deleteUser(leaving[2]!.id)
    const second = await pageAfter(first.at(-1)!.id)
    instance.deleteUser(leaving[3]!.id)
    const newcomer = instance.createUser()
    const third = await pageAfter(second.at(-1)!.id)

    expect([first, second, third].map((page) => page.length)).toEqual([500, 500, 202])
    const seen = [...first, ...second, ...third].map(({ id }) => id)
    expect(new Set(seen).size).toBe(seen.length)
    const wanted = [...before, newcomer].filter(({ id }) => !leaving.slice(2).some((gone) => gone.id === id))
    expect(seen).toEqual(wanted.map(({ id }) => id))
  })

  test('by the offset misses one for each that goes meanwhile', async () => {
    const { instance, listed } = await startTestApi()
    instance.seedUsers(20)
    const before = instance.users.all()

    const first = await listed('/users?order_by=%2Bcreated_at')
    instance.deleteUser(before[0]!.id)
    const second = await listed('/users?order_by=%2Bcreated_at&offset=10')

    expect(first.at(-1)!.id).toBe(before[9]!.id)
    expect(second.map(({ id }) => id)).toEqual(before.slice(11).map(({ id }) => id))
  })

  test('goes back from the newest by default, by the cursor too', async () => {
    const { instance, listed } = await startTestApi()
    instance.seedUsers(5)
    const ids = instance.users.all().map(({ id }) => id)

    expect((await listed('/users?limit=2')).map(({ id }) => id)).toEqual([ids[4], ids[3]])
    expect((await listed(`/users?limit=2&starting_after=${ids[3]}`)).map(({ id }) => id)).toEqual([ids[2], ids[1]])
  })

  test('refuses a cursor that it cannot go on from', async () => {
    const { instance, get } = await startTestApi()
    const user = instance.createUser()
    const gone = instance.createUser()
    instance.deleteUser(gone.id)

    for (const query of [
      `starting_after=${gone.id}`,
      'starting_after=user_unknown',
      `starting_after=${user.id}&offset=1`,
      `starting_after=${user.id}&order_by=updated_at`,
      'order_by=shoe_size',
      'limit=0',
      'offset=-1',
    ]) {
      expect([query, (await get(`/users?${query}`)).status]).toEqual([query, 422])
    }
    expect((await get(`/users?starting_after=${user.id}&order_by=-created_at&offset=0`)).status).toBe(200)
  })

  test('filters by id and by the time of creation, both ends excluded', async () => {
    const { clock, instance, getJson, listed } = await startTestApi()
    const users = [0, 1, 2, 3].map(() => {
      clock.advance(10)
      return instance.createUser()
    })
    const ids = users.map(({ id }) => id)
    const idsOf = async (query: string) => (await listed(`/users?order_by=created_at&${query}`)).map(({ id }) => id)

    const [first, last] = [users[0]!.created_at, users[3]!.created_at]
    expect(await idsOf(`created_at_after=${first}&created_at_before=${last}`)).toEqual(ids.slice(1, 3))
    expect(await idsOf(`user_id=${ids[2]}&user_id=${ids[0]}&user_id=user_unknown`)).toEqual([ids[0], ids[2]])
    expect(await getJson(`/users/count?created_at_after=${first}`)).toMatchObject({ total_count: 3 })
  })
})

describe('the lists of a whole instance', () => {
  test('have every membership, invitation and domain, from the oldest where asked', async () => {
    const { instance, paged } = await startTestApi()
    const user = instance.createUser()
    const organizations = [instance.createOrganization(), instance.createOrganization()]
    for (const { id: organizationId } of organizations) {
      instance.createMembership({ organizationId, userId: user.id })
      instance.createInvitation({ organizationId })
      instance.createDomain({ organizationId })
    }
    const byAge = 'order_by=%2Bcreated_at'

    expect(await paged(`/organization_memberships?${byAge}`)).toEqual({
      data: instance.memberships.all(),
      total_count: 2,
    })
    expect(await paged(`/organization_domains?${byAge}`)).toEqual({ data: instance.domains.all(), total_count: 2 })
    const invitations = await paged(`/organization_invitations?${byAge}`)
    expect(invitations.total_count).toBe(2)
    expect(invitations.data).toMatchObject(
      instance.invitations.all().map((invitation, i) => ({
        ...invitation,
        public_organization_data: { id: organizations[i]!.id, slug: organizations[i]!.slug },
      })),
    )
    const [organization] = organizations
    expect(await paged(`/organization_domains?organization_id=${organization!.id}`)).toMatchObject({ total_count: 1 })
    expect(await paged(`/organization_domains?query=DOMAIN-1`)).toMatchObject({
      data: [{ name: 'domain-1.example.com' }],
    })
  })

  test('have subscription items from the newest, those of free plans on demand', async () => {
    const { instance, paged } = await startTestApi()
    const user = instance.createUser()
    const organization = instance.createOrganization()
    const paid = instance.createSubscriptionItem({ payer: { organizationId: organization.id }, monthlyCents: 2_000 })
    const free = instance.createSubscriptionItem({ payer: { userId: user.id }, monthlyCents: 0 })

    expect(await paged('/billing/subscription_items')).toEqual({ data: [paid], total_count: 1 })
    expect(await paged('/billing/subscription_items?include_free=true')).toEqual({ data: [free, paid], total_count: 2 })
  })
})
