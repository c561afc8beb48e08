import { DeadlineExceeded } from '@rollcall/shared/deadline'
import { PipelineError } from '@rollcall/shared/errors'
import { failed, warned } from '@rollcall/shared/readiness'
import { newSecret, post, signedRequest } from '@rollcall/testkit/svix'
import { expect, test } from 'vitest'
import { startTestApp, type TestApp } from './test-app.ts'

const EVENT = '{"type":"user.created","data":{"id":"user_1","email":"ada@example.com"}}'

async function answerOf(response: Response) {
  return { status: response.status, type: response.headers.get('content-type'), body: await response.json() }
}

test('[R1] 200 with JSON for a signed event, which is handed to the queue as it came', async () => {
  await using app = await startTestApp()
  const signed = signedRequest({ secret: app.secret, messageId: 'msg_1', body: EVENT })

  expect(await answerOf(await post(app.webhookUrl, signed))).toEqual({
    status: 200,
    type: 'application/json; charset=utf-8',
    body: { status: 'queued' },
  })
  expect(app.enqueued).toEqual([expect.objectContaining({ messageId: 'msg_1', body: EVENT, encoding: 'utf8' })])
})

const unsigned = (app: TestApp) => signedRequest({ secret: app.secret, body: EVENT })
const refusals = {
  header_missing: (app: TestApp) => ({ headers: { 'content-type': 'application/json' }, body: unsigned(app).body }),
  timestamp_invalid: (app: TestApp) => {
    const { headers, body } = unsigned(app)
    return { headers: { ...headers, 'svix-timestamp': 'noon' }, body }
  },
  timestamp_out_of_tolerance: (app: TestApp) =>
    signedRequest({ secret: app.secret, body: EVENT, attemptedAt: new Date(Date.now() - 310_000) }),
  signature_invalid: () => signedRequest({ secret: newSecret(), body: EVENT }),
}

test.each(Object.entries(refusals))('[R2] 400 for %s, as JSON without payload and secret', async (reason, request) => {
  await using app = await startTestApp()

  const answer = await answerOf(await post(app.webhookUrl, request(app)))

  expect(answer).toMatchObject({ status: 400, body: { error: reason, message: expect.any(String) } })
  expect(JSON.stringify(answer.body)).not.toMatch(/ada@example|user_1|whsec_\w/)
  expect(app.enqueued).toEqual([])
})

const failures = {
  queue_unavailable: new PipelineError('queue_unavailable', 'the queue cannot be reached'),
  queue_full: new PipelineError('queue_full', 'the queue has no room'),
  unexpected: new DeadlineExceeded('no answer within 1 ms'),
}

test.each(Object.entries(failures))('[R3] 503 with Retry-After when queueing fails with %s', async (code, error) => {
  await using app = await startTestApp({ enqueue: () => Promise.reject(error) })

  const response = await app.send(EVENT)

  expect(response.headers.get('retry-after')).toBe('5')
  expect(await answerOf(response)).toMatchObject({ status: 503, body: { error: code } })
})

test('[R5] a signed body of nothing is taken', async () => {
  await using app = await startTestApp()

  expect((await app.send('')).status).toBe(200)
  expect(app.enqueued).toEqual([expect.objectContaining({ body: '' })])
})

test.each(['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])('[R7] 405 with Allow for %s', async (method) => {
  await using app = await startTestApp()

  const response = await fetch(app.webhookUrl, { method })

  expect(response.status).toBe(405)
  expect(response.headers.get('allow')).toBe('POST')
})

test.each(['/', '/api', '/api/webhooks/clerk', '/metrics', '/%'])('[R7] 404 as JSON for %s', async (path) => {
  await using app = await startTestApp()

  for (const method of ['GET', 'POST']) {
    const answer = await answerOf(await fetch(`${app.url}${path}`, { method }))
    expect(answer).toMatchObject({ status: 404, body: { error: 'not_found' } })
  }
})

test('[R7] no answer tells what serves it', async () => {
  await using app = await startTestApp()

  for (const path of ['/', '/healthz', '/readyz', '/api/webhooks']) {
    const { headers } = await fetch(`${app.url}${path}`)
    expect([headers.get('x-powered-by'), headers.get('server'), headers.get('etag')]).toEqual([null, null, null])
  }
})

test('[R8] /healthz says that the process runs, whatever the queue does', async () => {
  await using app = await startTestApp({ checks: { queue: () => failed('away') } })

  expect(await answerOf(await fetch(`${app.url}/healthz`))).toMatchObject({ status: 200, body: { status: 'ok' } })
})

test('[R8] /readyz is 200 while no check fails, and 503 with the reason once one does', async () => {
  let queue = warned('appendonly no')
  await using app = await startTestApp({ checks: { queue: () => queue } })

  expect(await answerOf(await fetch(`${app.url}/readyz`))).toMatchObject({
    status: 200,
    body: { ready: true, checks: { queue: { status: 'warned', message: 'appendonly no' } } },
  })
  queue = failed('away')
  expect(await answerOf(await fetch(`${app.url}/readyz`))).toMatchObject({
    status: 503,
    body: { ready: false, checks: { queue: { status: 'failed', message: 'away' } } },
  })
})
