import { startBackendApi, type BackendApi as TestApi } from '@rollcall/testkit/clerk/backend-api'
import { createClerkInstance } from '@rollcall/testkit/clerk/instance'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openBackendApi } from './backend-api.ts'

const T0 = 1_764_000_000_000
const instance = createClerkInstance({ now: () => T0 + 400 })
const ada = instance.createUser({ first_name: 'Ada' })

let clerk: TestApi
beforeAll(async () => {
  clerk = await startBackendApi(instance)
})
afterAll(() => clerk.close())

const stop = new AbortController()
const open = (over: { readonly secretKey?: string; readonly url?: string; readonly stop?: AbortSignal } = {}) =>
  openBackendApi({
    url: clerk.url,
    secretKey: clerk.secretKey,
    rate: { requests: 100, windowMs: 10 },
    stop: stop.signal,
    retryPauseMs: 1,
    ...over,
  })
const getAda = (over?: Parameters<typeof open>[0]) => open(over).get(`/users/${ada.id}`)

test('[K1] it answers the JSON as Clerk has it, and the second in which Clerk answered', async () => {
  await expect(getAda({ url: `${clerk.url}/` })).resolves.toEqual({ status: 200, body: ada, readAt: T0 })
})

test('[K6] what is not there, and what Clerk does not do, are answers', async () => {
  await expect(open().get('/users/user_nobody')).resolves.toMatchObject({ status: 404 })
  const query = { order_by: 'username', starting_after: ada.id }
  await expect(open().get('/users', query)).resolves.toMatchObject({ status: 422 })
})

describe('what failed is asked again', () => {
  test.each([
    ['a status of 500', { status: 500 }],
    ['a status of 503 with a page', { status: 503, headers: { 'content-type': 'text/html' } }],
    ['a connection that breaks', 'break'],
  ] as const)('after %s', async (_what, fault) => {
    const before = clerk.requests.length
    clerk.answerNext({ times: 3, with: fault })
    await expect(getAda()).resolves.toMatchObject({ status: 200, body: ada })
    expect(clerk.requests.length - before).toBe(4)
  })

  test('[K6] but not for ever, and then it says what is wrong', async () => {
    const before = clerk.requests.length
    clerk.answerNext({ times: 8, with: { status: 502 } })
    await expect(getAda()).rejects.toMatchObject({
      code: 'clerk_unavailable',
      message: expect.stringMatching(/does not answer: it answers 502\. Look at .*CLERK_API_URL/),
    })
    expect(clerk.requests.length - before).toBe(8)
  })

  test('[K6] where nobody listens, with the reason', async () => {
    const gone = await startBackendApi(instance)
    await gone.close()
    await expect(getAda({ url: gone.url })).rejects.toMatchObject({
      code: 'clerk_unavailable',
      message: expect.stringContaining('ECONNREFUSED'),
    })
  })
})

test('[K6] nobody asks before Retry-After is over, however many want to', async () => {
  const api = open()
  const before = clerk.requests.length
  clerk.answerNext({ with: { status: 429, headers: { 'Retry-After': '1' } } })
  const first = api.get(`/users/${ada.id}`)
  while (clerk.requests.length === before || clerk.requests.at(-1)!.status === undefined) {
    await new Promise(setImmediate)
  }
  const refusedAt = clerk.requests.at(-1)!.at
  // By now the refusal has been read: its own request is asked again a second later, and so is what comes meanwhile.
  await new Promise((resolve) => setTimeout(resolve, 50))
  await Promise.all([first, api.get('/users/count'), api.get('/instance')])
  const later = clerk.requests.slice(before + 1)
  expect(later).toHaveLength(3)
  expect(Math.min(...later.map(({ at }) => at)) - refusedAt).toBeGreaterThanOrEqual(1_000)
})

test('[K6] a key that Clerk refuses is not tried again, and is not told', async () => {
  const before = clerk.requests.length
  const refused = await getAda({ secretKey: 'sk_test_of_another' }).catch((error: unknown) => error)
  expect(refused).toMatchObject({ code: 'clerk_refused', message: expect.stringContaining('CLERK_SECRET_KEY (401') })
  expect(String(refused)).not.toContain('of_another')
  expect(clerk.requests.length - before).toBe(1)
})

test('[K6] a request under way ends when told to stop', async () => {
  const own = new AbortController()
  clerk.answerNext({ with: 'hang' })
  const before = clerk.requests.length
  const asking = getAda({ stop: own.signal })
  while (clerk.requests.length === before) await new Promise(setImmediate)
  own.abort(new Error('told to stop'))
  await expect(asking).rejects.toThrow('told to stop')
})
