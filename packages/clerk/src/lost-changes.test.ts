import { startBackendApi } from '@rollcall/testkit/clerk/backend-api'
import { differences } from '@rollcall/testkit/clerk/differences'
import type { ClerkInstance } from '@rollcall/testkit/clerk/instance'
import { seededRandom, shuffled } from '@rollcall/testkit/clerk/random'
import { runSeed } from '@rollcall/testkit/seed'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { openBackendApi } from './backend-api.ts'
import { rateFor } from './rate-limit.ts'
import { createReconcileBench, type ReconcileBench } from './test-reconcile.ts'

let bench: ReconcileBench
beforeAll(async () => {
  bench = await createReconcileBench()
})
beforeEach(() => bench.mirror.clear())
afterAll(() => bench[Symbol.asyncDispose]())

const differencesFrom = (instance: ClerkInstance) => differences(bench.mirror, bench.mirror.catalog, instance)

const seed = runSeed()
test(`[K12] [K13] of 1,000 changes that were lost it finds exactly those, mends them, and then nothing (seed ${seed})`, async () => {
  const random = seededRandom(seed)
  await using clerk = await bench.startTelling()
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
  expect(await differencesFrom(instance)).toEqual([])

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
  expect(await differencesFrom(instance)).toHaveLength(1_000)

  const dry = await bench.run(clerk, { dryRun: true })
  expect(dry).toMatchObject({ outcome: 'drifted', driftedRows: 1_000, mendedRows: 0 })
  expect(dry.drift.user).toMatchObject({ older: 380, gone: 120, missing: 150, changed: 0 })
  expect(dry.drift.organization_membership).toMatchObject({ older: 90, gone: 90, missing: 0, changed: 0 })
  const real = await bench.run(clerk)
  expect(real).toMatchObject({ outcome: 'mended', driftedRows: 1_000, mendedRows: 1_000 })
  expect(await differencesFrom(instance)).toEqual([])
  expect(await bench.run(clerk)).toMatchObject({ outcome: 'agreed', driftedRows: 0, mendedRows: 0 })
})

test('[K5] [K13] under the limit of a development instance, 100 in 10 s, nothing fails and it is never exceeded', async () => {
  await using clerk = await bench.startTelling()
  const { instance } = clerk
  for (let i = 0; i < 130; i++) instance.createUser()
  await clerk.deliver()
  for (const { id } of instance.users.all().slice(0, 125)) instance.deleteUser(id)
  clerk.lose()

  // Clerk's own limit, and all of it.
  await using server = await startBackendApi(instance)
  const { url, secretKey } = server
  const { signal: stop } = new AbortController()
  const api = openBackendApi({ url, secretKey, rate: rateFor(secretKey, 100), stop })
  expect(await bench.run({ ...clerk, api })).toMatchObject({ driftedRows: 125, mendedRows: 125 })
  expect(server.requests.length).toBeGreaterThan(125)
  expect(server.mostInWindow).toBe(100)
  expect(server.rateLimited).toBe(0)
})
