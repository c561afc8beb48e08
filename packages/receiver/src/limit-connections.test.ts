import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { portOf } from '@rollcall/shared/ops-server'
import { until } from '@rollcall/testkit/wait'
import { expect, test } from 'vitest'
import { limitConnections } from './limit-connections.ts'
import { startTestApp, type TestApp } from './test-app.ts'

const MOST = 3

function open(app: TestApp, opened: DisposableStack): Socket {
  const socket = connect(portOf(app.server), '127.0.0.1')
  opened.defer(() => socket.destroy())
  socket.on('error', () => {}) // one that is not let in
  return socket
}

test('[R23] where there are as many connections as may be, those that wait for a next request make room', async () => {
  await using app = await startTestApp()
  using opened = new DisposableStack()
  limitConnections(app.server, MOST)

  const idle = open(app, opened)
  idle.write('GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n')
  await once(idle, 'data')
  const busy = Array.from({ length: MOST - 1 }, () => open(app, opened))
  for (const socket of busy) socket.write('POST /api/webhooks HTTP/1.1\r\n')
  const count = () => new Promise((resolve) => app.server.getConnections((_, connections) => resolve(connections)))
  await until(async () => (await count()) === MOST, { timeoutMs: 10_000, what: 'there are as many as may be' })

  const dropped = open(app, opened)
  await Promise.all([once(dropped, 'close'), once(idle.resume(), 'close')])
  expect((await app.send('{"type":"user.created"}')).status).toBe(200)
  expect(busy.map((socket) => socket.closed)).toEqual([false, false])
})
