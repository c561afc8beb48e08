import { gzipSync } from 'node:zlib'
import { createRedis } from '@rollcall/queue/redis-client'
import { captureLog } from '@rollcall/testkit/captured-log'
import { startOwnRedis } from '@rollcall/testkit/own-redis'
import { createQueue, type TestQueue } from '@rollcall/testkit/queue'
import { newSecret, signedRequest } from '@rollcall/testkit/svix'
import { until } from '@rollcall/testkit/wait'
import express from 'express'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { MOUNTS, type Mount, mountExpress } from './test-mounts.ts'
import { startTestReceiver, type TestReceiver } from './test-receiver.ts'
import { createWebhookHandler, webhookRouter } from './webhooks.ts'

const SECRET = newSecret()
const BODY = '{"type":"user.created","data":{"id":"user_1"}}'
const sign = (messageId?: string, body: string | Buffer = BODY, attemptedAt = new Date()) =>
  signedRequest({ secret: SECRET, body, attemptedAt, ...(messageId !== undefined && { messageId }) })

let queue: TestQueue
let standalone: TestReceiver
let environment: Readonly<Record<string, string>>
const opened = new AsyncDisposableStack()
beforeAll(async () => {
  queue = opened.use(await createQueue('redis'))
  environment = { CLERK_WEBHOOK_SIGNING_SECRET: SECRET, LOG_LEVEL: 'silent', ...queue.variables }
  standalone = opened.use(await startTestReceiver(environment, captureLog().log))
})
afterAll(() => opened.disposeAsync())

const { headers } = sign()
const REQUESTS: Readonly<Record<string, Parameters<Mount['send']>[0]>> = {
  'one that is signed': sign(),
  'one that was altered': { ...sign(), body: BODY.replace('user_1', 'user_2') },
  'one of another secret': signedRequest({ secret: newSecret(), body: BODY }),
  'one that is too old': sign(undefined, BODY, new Date(Date.now() - 600_000)),
  'one without a signature': { body: BODY, headers: { 'content-type': 'application/json' } },
  'one that is no JSON': { body: BODY, headers: { ...headers, 'content-type': 'text/plain' } },
  'one that is compressed': { body: gzipSync(BODY), headers: { ...headers, 'content-encoding': 'gzip' } },
  'one of 1 MB and a byte': sign(undefined, Buffer.alloc(1_048_577, ' ')),
  'one of 1 MB': sign(undefined, Buffer.alloc(1_048_576, ' ')),
  'one that is empty': sign(undefined, ''),
  'one that is not UTF-8': sign(undefined, Buffer.from([0xff, 0xfe, 0x00])),
  'a GET': { method: 'GET' },
}

describe.each(Object.entries(MOUNTS))('%s', (_, mount) => {
  let mounted: Mount
  beforeAll(async () => {
    mounted = await mount({ environment })
  })
  afterAll(() => mounted[Symbol.asyncDispose]())

  test.each(Object.keys(REQUESTS))('[R40] answers %s as the process does', async (name) => {
    const { method = 'POST', headers = {}, body } = REQUESTS[name]!
    const expected = await fetch(standalone.webhookUrl, { method, headers, ...(body !== undefined && { body }) })
    const answered = await mounted.send(REQUESTS[name]!)
    expect(answered.status).toBe(expected.status)
    expect(await answered.json()).toEqual(await expected.json())
    for (const header of ['content-type', 'allow', 'retry-after'])
      expect(answered.headers.get(header)).toBe(expected.headers.get(header))
  })

  test('[R40] [Q1] when 200 comes the event is on the queue, to the byte, and once', async () => {
    const request = sign()
    const messageId = request.headers['svix-id']!
    const answers = await Promise.all(Array.from({ length: 20 }, () => mounted.send(request)))
    expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200))
    const jobs = (await queue.jobs()).filter((job) => job.delivery.messageId === messageId)
    expect(jobs).toEqual([expect.objectContaining({ delivery: expect.objectContaining({ body: BODY }) })])
  })
})

test.concurrent.each(Object.entries(MOUNTS))(
  '[R40] [R3] to %s a queue that is away is 503 with Retry-After in time, and it recovers by itself',
  async (_, mount) => {
    await using server = await startOwnRedis()
    await using app = await mount({ environment: { ...environment, REDIS_URL: server.url } })
    expect((await app.send(sign())).status).toBe(200)
    await server.stop()
    const startedAt = performance.now()
    const refused = await app.send(sign())
    expect(performance.now() - startedAt).toBeLessThan(8_000) // the deadline of 5 s, and what a busy machine takes
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '5'])
    expect(await refused.json()).toMatchObject({ error: 'queue_unavailable' })
    await server.start()
    const isTaken = async () => (await app.send(sign())).status === 200
    await until(isTaken, { timeoutMs: 15_000, what: 'webhooks are taken again' })
  },
)

test('[R41] a handler reads no variable before the first request, and tells its sender to wait until they are right', async () => {
  const variables: Record<string, string> = { LOG_LEVEL: 'silent' }
  const handler = createWebhookHandler({ environment: variables })
  const request = () => new Request('https://app.example.com/', { method: 'POST', ...sign() })
  const refused = await handler(request())
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '5'])
  expect(await refused.json()).toMatchObject({ error: 'config_invalid' })
  Object.assign(variables, environment)
  expect((await handler(request())).status).toBe(200)
  await handler.close()
})

test('[R41] a router says at once what is missing, by name', () => {
  expect(() => webhookRouter({ environment: { CLERK_WEBHOOK_SIGNING_SECRET: 'whsec_?' } })).toThrow(
    /CLERK_WEBHOOK_SIGNING_SECRET: must be /,
  )
})

test('[R42] what is not for webhooks goes on to the app', async () => {
  await using app = await mountExpress({ environment }, (app, router) => app.use(router))
  for (const path of ['/', '/api', '/api/webhooks/more', '/other?of=/api/webhooks']) {
    const response = await fetch(`${app.url}${path}`, { method: 'POST' })
    expect([path, response.status, await response.text()]).toEqual([path, 404, 'of the app'])
  }
  expect((await fetch(`${app.url}/api/webhooks/?source=clerk`, { method: 'POST', ...sign() })).status).toBe(200)
})

test('[R43] a body that the app has read already is 503, in words that say where to mount', async () => {
  await using app = await mountExpress({ environment }, (app, router) => app.use(express.json()).use(router))
  const response = await app.send(sign())
  expect(response.status).toBe(503)
  expect(await response.json()).toEqual({
    error: 'body_parsed',
    message: expect.stringContaining('mount webhookRouter() before express.json()'),
  })

  const request = new Request('https://app.example.com/', { method: 'POST', ...sign() })
  await request.json()
  const handler = createWebhookHandler({ environment })
  expect((await handler(request)).status).toBe(503)
  await handler.close()
})

test('[R44] however often an app makes them, a process has one connection to one queue, and none after close', async () => {
  await using server = await startOwnRedis()
  const here = { environment: { ...environment, REDIS_URL: server.url } }
  const handlers = Array.from({ length: 5 }, () => createWebhookHandler(here))
  const router = webhookRouter(here)
  const request = () => new Request('https://app.example.com/', { method: 'POST', ...sign() })
  for (const handler of handlers) expect((await handler(request())).status).toBe(200)

  const redis = createRedis([server.url], () => {})
  const ofReceivers = async () => {
    const list = (await redis.client('LIST')) as string
    return list.split('\n').filter((line) => line.includes('receiver'))
  }
  const open = await ofReceivers()
  await router.close()
  const isClosed = async () => (await ofReceivers()).length === 0
  await until(isClosed, { timeoutMs: 10_000, what: 'nothing is left at Redis' })
  redis.disconnect()
  expect(open).toHaveLength(1)
})

test('[R44] a handler that was closed opens anew with the next request', async () => {
  const handler = createWebhookHandler({ environment })
  const request = () => new Request('https://app.example.com/', { method: 'POST', ...sign() })
  expect((await handler(request())).status).toBe(200)
  await handler.close()
  expect((await handler(request())).status).toBe(200)
  await handler.close()
})
