import type { Json } from '@rollcall/shared/json'
import { startBackendApi } from '@rollcall/testkit/clerk/backend-api'
import { type ClerkInstance, createClerkInstance } from '@rollcall/testkit/clerk/instance'
import { runSeed } from '@rollcall/testkit/seed'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { openBackendApi } from './backend-api.ts'
import { LISTED_RESOURCES, listOf } from './lists.ts'
import { type Position, readList, START } from './read-list.ts'

const T0 = 1_764_000_000_000
const NEVER = new AbortController().signal

function createInstance() {
  let now = T0
  // Several entities in each millisecond: none is told from another by its time alone.
  return createClerkInstance({ now: () => T0 + Math.floor(now++ / 3 - T0 / 3) })
}

/** Reads a list to its end, and answers what it met; `between` is what happens at Clerk before each answer but the first. */
async function read(
  instance: ClerkInstance,
  resource: string,
  options: { readonly between?: (answer: number) => void; readonly from?: Position; readonly pages?: number } = {},
) {
  await using clerk = await startBackendApi(instance, { rateLimit: { requests: 10_000, windowMs: 1_000 } })
  let answers = 0
  clerk.beforeAnswer(() => {
    if (answers > 0) options.between?.(answers)
    answers++
  })
  const { url, secretKey } = clerk
  const api = openBackendApi({ url, secretKey, rate: { requests: 10_000, windowMs: 1 }, stop: NEVER })
  const ids: string[] = []
  let position = options.from ?? START
  let left = options.pages ?? Number.POSITIVE_INFINITY
  for await (const page of readList(api, listOf(resource)!, position)) {
    ids.push(...page.entities.map(({ id }) => id as string))
    position = page.position
    if (--left === 0) break
  }
  return { ids, position, requests: clerk.requests.length }
}

/** As after a crash: what is kept of a position is JSON. */
const kept = (position: Position): Position => JSON.parse(JSON.stringify(position)) as Position

/** A list by cursor, and one by offset. */
const KINDS = {
  user: {
    create: (instance: ClerkInstance) => instance.createUser().id,
    remove: (instance: ClerkInstance, id: string) => instance.deleteUser(id),
  },
  organization: {
    create: (instance: ClerkInstance) => instance.createOrganization().id,
    remove: (instance: ClerkInstance, id: string) => instance.deleteOrganization(id),
  },
} as const

describe.each(Object.entries(KINDS))('the list of each %s', (resource, { create, remove }) => {
  const filled = (count: number) => {
    const instance = createInstance()
    return { instance, ids: Array.from({ length: count }, () => create(instance)) }
  }

  test.each([0, 1, 499, 500, 501, 1_203])('[K7] of %d is read to its end, each once and in order', async (count) => {
    const { instance, ids } = filled(count)
    const result = await read(instance, resource)
    expect(result.ids).toEqual(ids)
    expect(result.position.read).toBe(count)
    expect(result.requests).toBeLessThanOrEqual(Math.floor(count / 499) + 1)
  })

  test.each([
    ['the one read last', (ids: readonly string[]) => ids.slice(499, 500)],
    ['more than are remembered', (ids: readonly string[]) => ids.slice(470, 500)],
    ['a whole page and more', (ids: readonly string[]) => ids.slice(0, 800)],
  ])('[K7] leaves nothing out when %s is deleted meanwhile', async (_what, victims) => {
    const { instance, ids } = filled(1_203)
    const gone = new Set(victims(ids))
    const result = await read(instance, resource, {
      between: (answer) => {
        if (answer === 1) for (const id of gone) remove(instance, id)
      },
    })
    const stayed = ids.filter((id) => !gone.has(id))
    expect(stayed.filter((id) => !result.ids.includes(id))).toEqual([])
  })

  test('[K7] goes on from where another process left it, although that is gone', async () => {
    const { instance, ids } = filled(1_203)
    const first = await read(instance, resource, { pages: 1 })
    for (const id of ids.slice(490, 500)) remove(instance, id)
    const second = await read(instance, resource, { from: kept(first.position) })
    expect([...first.ids, ...second.ids]).toEqual(ids)
    expect(second.position.read).toBe(1_203)
  })

  const seed = runSeed()
  test(`[K7] whatever comes and goes meanwhile, who stays is read (seed ${seed})`, async () => {
    const share = fc.double({ min: 0, max: 1, noNaN: true })
    const upheaval = fc.record({ from: share, share, created: fc.nat(300) })
    await fc.assert(
      fc.asyncProperty(fc.array(upheaval, { minLength: 1, maxLength: 4 }), async (upheavals) => {
        const { instance, ids } = filled(1_600)
        let there: readonly string[] = ids
        const result = await read(instance, resource, {
          between: (answer) => {
            const { from, share: part, created } = upheavals[answer - 1] ?? { from: 0, share: 0, created: 0 }
            const first = Math.floor(from * there.length)
            const victims = new Set(there.slice(first, first + Math.floor(part * 700)))
            for (const id of victims) remove(instance, id)
            there = there.filter((id) => !victims.has(id))
            for (let i = 0; i < created; i++) create(instance)
          },
        })
        const met = new Set(result.ids)
        expect(there.filter((id) => !met.has(id))).toEqual([])
      }),
      { seed, numRuns: 8 },
    )
  })
})

test('[K7] each list that Clerk has is read by its own path', async () => {
  const instance = createInstance()
  const user = instance.createUser()
  const organization = instance.createOrganization()
  const organizationId = organization.id
  const made: Readonly<Record<string, { readonly id: Json }>> = {
    user,
    organization,
    organization_membership: instance.createMembership({ organizationId, userId: user.id }),
    organization_invitation: instance.createInvitation({ organizationId }),
    organization_domain: instance.createDomain({ organizationId }),
    role: instance.createRole(),
    permission: instance.createPermission(),
    waitlist_entry: instance.createWaitlistEntry(),
  }
  for (const [resource, { id }] of Object.entries(made)) {
    expect((await read(instance, resource)).ids, resource).toEqual([id])
  }
  expect((await read(instance, 'subscription_item')).ids).toEqual([])
  expect(new Set(LISTED_RESOURCES)).toEqual(new Set([...Object.keys(made), 'subscription_item']))
})

test('[K7] a list of what the instance has not switched on is empty', async () => {
  await using clerk = await startBackendApi(createInstance())
  const errors = [{ code: 'organization_not_enabled_in_instance', message: 'Access denied' }]
  clerk.answerNext({ with: { status: 403, body: { errors } } })
  const { url, secretKey } = clerk
  const api = openBackendApi({ url, secretKey, rate: { requests: 10, windowMs: 1 }, stop: NEVER })
  const pages = await Array.fromAsync(readList(api, listOf('organization')!))
  expect(pages).toMatchObject([{ entities: [] }])
})
