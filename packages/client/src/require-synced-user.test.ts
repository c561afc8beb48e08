import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { clerkMiddleware } from '@clerk/express'
import { startProxy } from '@rollcall/testkit/proxy'
import express, { type ErrorRequestHandler } from 'express'
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest'
import type { RollcallError } from './rollcall-error.ts'
import type { RollcallOptions } from './rollcall-options.ts'
import { startTestClerk, type TestClerk } from './test-client.ts'
import { sessionKeys, sessionToken } from './test-session-token.ts'

let clerk: TestClerk
beforeAll(async () => {
  clerk = await startTestClerk()
})
beforeEach(() => clerk.clear())
afterAll(() => clerk[Symbol.asyncDispose]())

/** A real app: Clerk's middleware, ours, and a route. */
async function startApp(options: Partial<RollcallOptions> = {}) {
  const errors: string[] = []
  const onError = ({ code }: RollcallError) => void errors.push(code)
  const app = express()
  app.use(clerkMiddleware({ ...sessionKeys, secretKey: clerk.backend.secretKey }))
  app.get('/me', clerk.client(options).requireSyncedUser({ onError }), (request, response) => {
    response.json({ id: request.syncedUser?.id, first_name: request.syncedUser?.first_name })
  })
  app.use(((thrown, _request, response, _next) => {
    response.status(500).json({ handled: thrown.code })
  }) satisfies ErrorRequestHandler)
  const server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/me`
  const get = async (token?: string) => {
    const response = await fetch(url, token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } })
    return { status: response.status, headers: response.headers, body: (await response.json()) as unknown }
  }
  return { errors, get, getAs: (userId: string) => get(sessionToken(userId)) }
}

test('[N2] [N7] 200 first requests at once ask Clerk once, and all are answered with the row', async () => {
  const { id } = clerk.instance.createUser({ first_name: 'Ada' })
  const app = await startApp()
  const token = sessionToken(id)
  const answers = await Promise.all(Array.from({ length: 200 }, () => app.get(token)))
  expect(answers.map(({ status }) => status)).toEqual(Array(200).fill(200))
  expect(answers.map(({ body }) => body)).toEqual(Array(200).fill({ id, first_name: 'Ada' }))
  expect(clerk.asked()).toBe(1)
  expect(await clerk.rows()).toHaveLength(1)
})

test('[N7] who is signed out, or whose token is expired or forged, is 401', async () => {
  const app = await startApp()
  const { id } = clerk.instance.createUser()
  const expired = sessionToken(id, Date.now() - 3_600_000)
  const [head, claims, signature] = sessionToken(id).split('.')
  const forged = `${head}.${Buffer.from(Buffer.from(claims!, 'base64url').toString().replace(id, 'user_other')).toString('base64url')}.${signature}`
  for (const token of [undefined, expired, forged]) {
    const { status, headers, body } = await app.get(token)
    expect(status).toBe(401)
    expect(headers.get('www-authenticate')).toBe('Bearer')
    expect(body).toEqual({ error: 'signed_out', message: 'Sign in first.' })
  }
  expect(clerk.asked()).toBe(0)
})

test('[N7] who is deleted, or whom Clerk does not know, is 403', async () => {
  const { id } = clerk.instance.createUser()
  clerk.instance.deleteUser(id)
  await clerk.deliver()
  const app = await startApp()
  const message = 'This account does not exist any more.'
  expect(await app.getAs(id)).toMatchObject({ status: 403, body: { error: 'user_deleted', message } })
  expect(await app.getAs('user_nobody')).toMatchObject({ status: 403, body: { error: 'user_not_found', message } })
  expect(app.errors).toEqual(['user_deleted', 'user_not_found'])
})

test('[N7] while Clerk does not answer, who is mirrored is served, and who is not is 503', async () => {
  const [mirrored, missing] = [clerk.instance.createUser().id, clerk.instance.createUser().id]
  const [creation] = clerk.lose()
  await clerk.deliver([creation!])
  const app = await startApp()
  clerk.backend.answerNext({ with: { status: 503 } })
  expect(await app.getAs(mirrored)).toMatchObject({ status: 200, body: { id: mirrored } })
  const answer = await app.getAs(missing)
  expect(answer).toMatchObject({ status: 503, body: { error: 'clerk_unavailable' } })
  expect(answer.headers.get('retry-after')).toBe('5')
  clerk.backend.answerNext({ with: { status: 429, headers: { 'Retry-After': '17' } } })
  expect((await app.getAs(missing)).headers.get('retry-after')).toBe('17')
  expect(app.errors).toEqual(['clerk_unavailable', 'clerk_unavailable'])
})

test('[N7] while Postgres is away everybody is 503', async () => {
  const proxy = await startProxy(clerk.mirror.databaseUrl)
  onTestFinished(proxy.close)
  const { id } = clerk.instance.createUser()
  const app = await startApp({ database: proxy.url })
  await app.getAs(id)
  await proxy.cut()
  const answer = await app.getAs(id)
  expect(answer).toMatchObject({ status: 503, body: { error: 'database_unavailable' } })
  expect(answer.headers.get('retry-after')).toBe('5')
  expect(JSON.stringify(answer.body)).not.toMatch(/Postgres|127\.0\.0\.1/)
})

test("[N7] what is set up wrongly goes to the app's own error handler", async () => {
  const app = await startApp({ schema: 'elsewhere' })
  const { id } = clerk.instance.createUser()
  expect(await app.getAs(id)).toMatchObject({ status: 500, body: { handled: 'schema_mismatch' } })
  expect(app.errors).toEqual([])
})

test('[N7] without clerkMiddleware() before it, Clerk says what is missing', async () => {
  const app = express()
  const outcome = Promise.withResolvers<unknown>()
  app.use(clerk.client().requireSyncedUser())
  app.use(((thrown, _request, response, _next) => {
    outcome.resolve(thrown)
    response.end()
  }) satisfies ErrorRequestHandler)
  const server = app.listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
  expect(String(await outcome.promise)).toContain('clerkMiddleware')
})
