import { once } from 'node:events'
import { createServer } from 'node:net'
import { startTestApp, type TestApp } from '@rollcall/receiver/test-app'
import { portOf } from '@rollcall/shared/ops-server'
import { exchangeBytes } from '@rollcall/testkit/exchange-bytes'
import { type Haproxy, startHaproxy } from '@rollcall/testkit/haproxy'
import { post, signedRequest } from '@rollcall/testkit/svix'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { http1Attacks } from './http1-attacks.ts'
import { http2Attacks } from './http2-attacks.ts'

/** A request that nobody is to send through the proxy unseen. */
const INNER = ['POST /smuggled HTTP/1.1', 'Host: x', 'X-Inner: yes', 'Content-Length: 0', '', ''].join('\r\n')

/** A request as the receiver has understood it. */
interface Seen {
  readonly line: string
  readonly forwardedFor: string
}

let app: TestApp
let proxy: Haproxy
const seen: Seen[] = []
const opened = new AsyncDisposableStack()

beforeAll(async () => {
  app = opened.use(await startTestApp())
  app.server.prependListener('request', ({ method, url, headers }) => {
    // The proxy asks for itself, whenever it likes.
    if (url !== '/healthz') seen.push({ line: `${method} ${url}`, forwardedFor: String(headers['x-forwarded-for']) })
  })
  proxy = opened.use(await startHaproxy(portOf(app.server)))
})
afterAll(() => opened.disposeAsync())

afterEach(() => {
  seen.length = 0
})

/** Of what the receiver saw: what the proxy never took for a request, or it would have written down who sent it. */
const smuggled = () => seen.filter(({ forwardedFor }) => !/(^|, )127\.0\.0\.1$/.test(forwardedFor))

async function expectNothingSmuggled(attack: string | Buffer): Promise<void> {
  await exchangeBytes(proxy.port, attack)

  // Somebody else, by the same connection to the receiver: gets their own answer, to their own request.
  const victim = signedRequest({ secret: app.secret, body: '{"type":"user.created"}' })
  const answer = await post(`http://127.0.0.1:${proxy.port}/api/webhooks`, victim)
  expect([answer.status, await answer.json()]).toEqual([200, { status: 'queued' }])
  expect(app.enqueued.at(-1)?.messageId).toBe(victim.headers['svix-id'])
  expect(seen.at(-1)?.line).toBe('POST /api/webhooks')
  expect(smuggled()).toEqual([])
}

test('[R36] what the proxy passes on is known by who sent it, so that what it did not see stands out', async () => {
  await exchangeBytes(proxy.port, INNER)
  expect(seen).toContainEqual({ line: 'POST /smuggled', forwardedFor: '127.0.0.1' })
  expect(smuggled()).toEqual([])
  await exchangeBytes(portOf(app.server), INNER) // past the proxy
  expect(smuggled()).toHaveLength(1)
})

test.each(Object.entries(http1Attacks(INNER)))(
  '[R36] no second request gets past the proxy by %s',
  async (_, attack) => {
    await expectNothingSmuggled(attack)
  },
)

test.each(Object.entries(http2Attacks(INNER)))(
  '[R36] no second request gets past the proxy by %s',
  async (_, attack) => {
    await expectNothingSmuggled(attack)
  },
)

test('[R36] the proxy leads to the receiver’s own port alone, whatever host or address is asked for', async () => {
  let connections = 0
  const ops = createServer((socket) => {
    connections++
    socket.destroy()
  }).listen(0, '127.0.0.1')
  await once(ops, 'listening')
  const host = `127.0.0.1:${(ops.address() as { port: number }).port}`
  const heads = [
    [`GET http://${host}/metrics HTTP/1.1`, `Host: ${host}`],
    ['GET /metrics HTTP/1.1', `Host: ${host}`],
    ['GET /metrics HTTP/1.1', 'Host: x', `X-Forwarded-Host: ${host}`, `X-Forwarded-Port: ${host.split(':')[1]}`],
    [`CONNECT ${host} HTTP/1.1`, `Host: ${host}`],
    [`GET @${host}/metrics HTTP/1.1`, 'Host: x'],
    [`GET //${host}/metrics HTTP/1.1`, 'Host: x'],
    ['PROXY TCP4 127.0.0.1 127.0.0.1 1 9464', 'Host: x'],
  ]
  for (const lines of heads) {
    const answer = await exchangeBytes(proxy.port, `${[...lines, 'Connection: close'].join('\r\n')}\r\n\r\n`)
    expect(answer, lines[0]).toMatch(/^HTTP\/1\.1 4\d\d /)
  }
  ops.close()
  await once(ops, 'close')
  expect(connections).toBe(0)
})
