import { createClerkClient } from '@clerk/backend'
import { isClerkAPIResponseError } from '@clerk/backend/errors'
import { describe, expect, test } from 'vitest'
import type { BackendApi } from './backend-api.ts'
import { START_MS, startTestApi } from './test-api.ts'

const clientOf = ({ secretKey, url }: BackendApi) => createClerkClient({ secretKey, apiUrl: url })

/** What the SDK throws at a call that must fail. */
async function errorOf(call: Promise<unknown>) {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (!isClerkAPIResponseError(error)) throw new Error(`Not an error of the API: ${error}`)
  return error
}

describe("Clerk's own SDK", () => {
  test('reads users, their number, and one of them, as the instance holds them', async () => {
    const { clock, instance, api } = await startTestApi()
    const clerk = clientOf(api)
    const ada = instance.createUser({ first_name: 'Ada', public_metadata: { plan: 'pro' } })
    clock.advance(5)
    instance.createUser()

    const { data, totalCount } = await clerk.users.getUserList({ limit: 500 })

    expect(data.map(({ raw }) => raw)).toEqual(instance.users.all().toReversed())
    expect(totalCount).toBe(2)
    expect(await clerk.users.getCount()).toBe(2)
    const user = await clerk.users.getUser(ada.id)
    expect(user.raw).toEqual(ada)
    expect(user).toMatchObject({ firstName: 'Ada', createdAt: START_MS, updatedAt: START_MS })
  })

  test('is told that a user is not there', async () => {
    const { api } = await startTestApi()
    const clerk = clientOf(api)
    const error = await errorOf(clerk.users.getUser('user_nobody'))

    expect(error).toMatchObject({ status: 404, clerkTraceId: expect.stringMatching(/^\w+$/) })
    expect(error.errors).toMatchObject([{ code: 'resource_not_found', message: 'not found' }])
  })

  test('is told when it may ask again', async () => {
    const { api } = await startTestApi({ rateLimit: { requests: 3, windowMs: 60_000 } })
    const clerk = clientOf(api)
    await clerk.users.getCount()
    await clerk.users.getUserList() // two requests: it counts, too

    const error = await errorOf(clerk.users.getCount())

    expect(error).toMatchObject({
      status: 429,
      retryAfter: expect.toSatisfy((seconds) => seconds >= 50 && seconds <= 60),
    })
    expect(error.errors).toMatchObject([{ code: 'too_many_requests' }])
    expect(api).toMatchObject({ rateLimited: 1, mostInWindow: 4 })
    expect(api.requests.map(({ status }) => status)).toEqual([200, 200, 200, 429])
  })

  test('reads organizations, and of each its members, invitations and domains', async () => {
    const { instance, api } = await startTestApi()
    const clerk = clientOf(api)
    const user = instance.createUser()
    const organization = instance.createOrganization({ name: 'Acme', slug: 'acme' }, { createdBy: user.id })
    instance.createOrganization({ name: 'Other' })
    const membership = instance.createMembership({ organizationId: organization.id, userId: user.id })
    const invitation = instance.createInvitation({ organizationId: organization.id, inviterId: user.id })
    const domain = instance.createDomain({ organizationId: organization.id })
    const organizationId = organization.id

    const organizations = await clerk.organizations.getOrganizationList({ orderBy: '+name', includeMembersCount: true })
    expect(organizations.totalCount).toBe(2)
    expect(organizations.data.map(({ name, membersCount }) => [name, membersCount])).toEqual([
      ['Acme', 1],
      ['Other', 0],
    ])
    expect((await clerk.organizations.getOrganization({ slug: 'acme' })).raw).toEqual(organization)

    const members = await clerk.organizations.getOrganizationMembershipList({ organizationId, userId: [user.id] })
    expect(members.data.map(({ raw }) => raw)).toEqual([membership])
    expect(members.data[0]).toMatchObject({ organization: { name: 'Acme' }, publicUserData: { userId: user.id } })
    const invitations = await clerk.organizations.getOrganizationInvitationList({ organizationId, status: ['pending'] })
    expect(invitations.data.map(({ raw }) => raw)).toEqual([invitation])
    const one = await clerk.organizations.getOrganizationInvitation({ organizationId, invitationId: invitation.id })
    expect(one.raw).toEqual(invitation)
    const domains = await clerk.organizations.getOrganizationDomainList({ organizationId })
    expect(domains.data).toMatchObject([{ id: domain.id, name: domain.name }])

    const unknown = clerk.organizations.getOrganizationMembershipList({ organizationId: 'org_none' })
    expect((await errorOf(unknown)).status).toBe(404)
  })

  test('reads roles, permissions, the waitlist and the instance', async () => {
    const { instance, api } = await startTestApi()
    const clerk = clientOf(api)
    const permission = instance.createPermission({ key: 'org:files:read' })
    const role = instance.createRole({ key: 'org:reader' }, { permissionIds: [permission.id] })
    for (let i = 0; i < 12; i++) instance.createWaitlistEntry({ email_address: `${i}@example.com` })

    const roles = await clerk.organizationRoles.getOrganizationRoleList()
    expect(roles).toMatchObject({ totalCount: 1, data: [{ id: role.id, permissions: [{ key: 'org:files:read' }] }] })
    expect(await clerk.organizationRoles.getOrganizationRole(role.id)).toMatchObject({ key: 'org:reader' })
    const permissions = await clerk.organizationPermissions.getOrganizationPermissionList()
    expect(permissions).toMatchObject({ totalCount: 1, data: [{ id: permission.id }] })
    const found = await clerk.organizationPermissions.getOrganizationPermission(permission.id)
    expect(found).toMatchObject({ key: 'org:files:read' })

    const waitlist = await clerk.waitlistEntries.list({ limit: 5 })
    expect(waitlist.totalCount).toBe(12)
    expect(waitlist.data.map(({ emailAddress }) => emailAddress)).toEqual(
      [11, 10, 9, 8, 7].map((i) => `${i}@example.com`),
    )
    const searched = await clerk.waitlistEntries.list({ query: '11@example.com' })
    expect(searched.data.map(({ emailAddress }) => emailAddress)).toEqual(['11@example.com'])

    expect(await clerk.instance.get()).toMatchObject({ id: 'ins_test', environmentType: 'production' })
  })

  test('gets 10 where it asks for more than 500', async () => {
    const { instance, api } = await startTestApi()
    const clerk = clientOf(api)
    instance.seedUsers(20)

    expect((await clerk.users.getUserList({ limit: 501 })).data).toHaveLength(10)
    expect((await clerk.users.getUserList({ limit: 500 })).data).toHaveLength(20)
  })
})

describe('the server', () => {
  test('has the time of the instance, and JSON of the type that the SDK parses', async () => {
    const { get } = await startTestApi()
    const { headers } = await get('/instance')

    expect(headers.get('content-type')).toBe('application/json')
    expect(headers.get('date')).toBe(new Date(START_MS).toUTCString())
  })

  test('answers nobody without the secret key, and nothing but reading', async () => {
    const { api, get } = await startTestApi()
    expect((await get('/users', 'sk_test_wrong')).status).toBe(401)
    expect((await fetch(`${api.url}/v1/users`)).status).toBe(401)
    const headers = { authorization: `Bearer ${api.secretKey}` }
    expect((await fetch(`${api.url}/v1/users`, { method: 'POST', headers })).status).toBe(405)
    expect((await get('/nowhere')).status).toBe(404)
  })

  test('goes wrong as it is told to', async () => {
    const { api, get } = await startTestApi()
    const aborting = AbortSignal.timeout(100)
    api.answerNext({ times: 2, path: /^\/v1\/users\?/, with: { status: 500, body: { errors: [] } } })
    api.answerNext({ with: 'break' })

    expect((await get('/users?limit=1')).status).toBe(500)
    await expect(get('/users/count').then((response) => response.text())).rejects.toThrow()
    expect((await get('/users?limit=1')).status).toBe(500)
    expect((await get('/users?limit=1')).status).toBe(200)

    api.answerNext({ with: 'hang' })
    const headers = { authorization: `Bearer ${api.secretKey}` }
    await expect(fetch(`${api.url}/v1/users`, { headers, signal: aborting })).rejects.toThrow(/timeout/)
  })

  test('lets a test change the instance in the middle of a scan', async () => {
    const { instance, api, get, getJson } = await startTestApi()
    api.beforeAnswer(() => void instance.createUser())

    await get('/users')
    expect(await getJson('/users/count')).toMatchObject({ total_count: 2 })
    expect(api.requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'GET /v1/users',
      'GET /v1/users/count',
    ])
  })
})
