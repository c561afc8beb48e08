import { once } from 'node:events'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import { portOf } from '@rollcall/shared/ops-server'
import { signedRequest } from '@rollcall/testkit/svix'
import { until } from '@rollcall/testkit/wait'
import { expect, test } from 'vitest'
import { startTestApp, type TestApp } from './test-app.ts'

const MEGABYTE = 1_048_576
const EVENT = '{"type":"user.created"}'

function sendChunked(app: TestApp, body: string): Promise<Response> {
  const pieces = new Blob([body]).stream()
  const { headers } = signedRequest({ secret: app.secret, body })
  return fetch(app.webhookUrl, { method: 'POST', headers, body: pieces, duplex: 'half' })
}

/** Writes a request as it stands, and reads until the server closes. */
async function exchange(app: TestApp, lines: readonly string[]): Promise<string> {
  const socket = connect(portOf(app.server), '127.0.0.1')
  socket.write(`${lines.join('\r\n')}\r\n\r\n`)
  return text(socket)
}

const ways = {
  'with a content-length': (app: TestApp, body: string) => app.send(body),
  'in chunks': sendChunked,
}

for (const [way, send] of Object.entries(ways)) {
  test(`[R9] a body of 1 MB is taken ${way}, and of a byte more refused with 413`, async () => {
    await using app = await startTestApp()

    expect((await send(app, 'x'.repeat(MEGABYTE))).status).toBe(200)
    expect(app.enqueued[0]?.body.length).toBe(MEGABYTE)

    const response = await send(app, 'x'.repeat(MEGABYTE + 1))
    expect(response.status).toBe(413)
    expect(await response.json()).toMatchObject({ error: 'body_too_large' })
    expect(app.enqueued.length).toBe(1)
  })
}

test.each(['application/json', 'application/json; charset=utf-8', 'Application/JSON ; charset=UTF-8'])(
  '[R9] content-type %s is taken',
  async (type) => {
    await using app = await startTestApp()
    expect((await app.send(EVENT, { 'content-type': type })).status).toBe(200)
  },
)

test.each(['text/plain', 'application/x-www-form-urlencoded', 'application/jsonp', 'application/octet-stream', ''])(
  '[R9] 415 for content-type "%s"',
  async (type) => {
    await using app = await startTestApp()

    const response = await app.send(EVENT, { 'content-type': type })

    expect(response.status).toBe(415)
    expect(await response.json()).toMatchObject({ error: 'unsupported_media_type' })
    expect(app.enqueued).toEqual([])
  },
)

test('[R9] 415 for a request without a content-type', async () => {
  await using app = await startTestApp()
  const { headers } = signedRequest({ secret: app.secret, body: EVENT })
  const { 'content-type': _, ...others } = headers

  expect((await fetch(app.webhookUrl, { method: 'POST', headers: others, body: Buffer.from(EVENT) })).status).toBe(415)
})

test('[R9] 415 for a body in gzip, which the signature does not cover', async () => {
  await using app = await startTestApp()

  expect((await app.send(gzipSync(EVENT), { 'content-encoding': 'gzip' })).status).toBe(415)
  expect((await app.send(EVENT, { 'content-encoding': 'identity' })).status).toBe(200)
})

test('[R5] a signed body of nothing is taken without a content-length, too', async () => {
  await using app = await startTestApp()
  const { headers } = signedRequest({ secret: app.secret, body: '' })
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)

  const answer = await exchange(app, ['POST /api/webhooks HTTP/1.1', 'host: x', 'connection: close', ...lines])

  expect(answer).toMatch(/^HTTP\/1\.1 200 /)
  expect(app.enqueued).toEqual([expect.objectContaining({ body: '' })])
})

test('[R9] a sender that goes away within the body leaves nothing behind', async () => {
  await using app = await startTestApp()
  const arrived = once(app.server, 'request')
  const socket = connect(portOf(app.server), '127.0.0.1')
  socket.write('POST /api/webhooks HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{')
  await arrived
  socket.destroy()

  const connections = () => new Promise<number>((resolve) => app.server.getConnections((_, count) => resolve(count)))
  await until(async () => (await connections()) === 0, { timeoutMs: 20_000, what: 'the connection is gone' })
  expect(app.enqueued).toEqual([])
  expect(app.logText()).not.toContain('request.failed')
})
