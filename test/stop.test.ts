import { once } from 'node:events'
import { connect } from 'node:net'
import { deliveryOf } from '@rollcall/testkit/deliveries'
import { startOwnPostgres } from '@rollcall/testkit/own-postgres'
import { createQueue } from '@rollcall/testkit/queue'
import { newSecret, post, signedRequest } from '@rollcall/testkit/svix'
import { createBench } from '@rollcall/worker/test-worker'
import { expect, test } from 'vitest'
import { startProcess } from './process.ts'

test('[S1] told to stop, a receiver answers the request that it has begun to read, then exits 0', async () => {
  await using queue = await createQueue('redis')
  const secret = newSecret()
  await using receiver = startProcess('receiver', {
    ...queue.variables,
    CLERK_WEBHOOK_SIGNING_SECRET: secret,
    PORT: '0',
  })
  const { port } = await receiver.untilLogged('receiver.started')

  const { headers, body } = signedRequest({ secret, body: '{"type":"user.created"}' })
  const socket = connect(Number(port), '127.0.0.1')
  const head = Object.entries({ ...headers, host: 'receiver', 'content-length': String(body.length) })
  socket.write(`POST /api/webhooks HTTP/1.1\r\n${head.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`)
  socket.write(String(body).slice(0, 5))
  // A first answer on another connection: what was sent before it has been read.
  await fetch(`http://127.0.0.1:${port}/healthz`)

  const ended = receiver.end('SIGTERM')
  await receiver.untilLogged('shutdown.started')
  socket.write(String(body).slice(5))
  const [answer] = await once(socket, 'data')
  expect(String(answer)).toMatch(/^HTTP\/1\.1 200 /)
  expect(await ended).toBe(0)
  expect(await queue.jobs()).toHaveLength(1)
})

test('[S1] a process that cannot stop in time is ended when its grace is over, and at once by a second signal', async () => {
  await using postgres = await startOwnPostgres()
  await using bench = await createBench('redis')
  await bench.add([deliveryOf('{}')])
  const variables = { ...bench.variables, DATABASE_URL: postgres.url }

  // Frozen, Postgres answers nothing and refuses nothing: a query under way cannot end.
  await using patient = startProcess('worker', { ...variables, SHUTDOWN_GRACE_MS: '300' })
  await using hurried = startProcess('worker', variables)
  await Promise.all([patient.untilLogged('worker.started'), hurried.untilLogged('worker.started')])
  await postgres.freeze()
  expect(await patient.end('SIGTERM')).toBe(1)
  expect(patient.lines.at(-1)).toMatchObject({ msg: 'shutdown.overran' })

  const ended = hurried.end('SIGTERM')
  await hurried.untilLogged('shutdown.started')
  await hurried.end('SIGTERM')
  expect(await ended).toBe(1)
})

const HEAD = [
  'POST /api/webhooks HTTP/1.1',
  'host: receiver',
  'content-type: application/json',
  'content-length: 1000',
  '\r\n',
].join('\r\n')

/** As long as it would go on accepting, were it not told twice. */
const DRAIN_MS = 60_000

test.each(['SIGTERM', 'SIGINT'] as const)(
  '[S1] a second %s ends a receiver at once, which has on its queue whatever it answered 200',
  async (signal) => {
    await using queue = await createQueue('redis')
    const secret = newSecret()
    await using receiver = startProcess('receiver', {
      ...queue.variables,
      CLERK_WEBHOOK_SIGNING_SECRET: secret,
      PORT: '0',
      SHUTDOWN_DRAIN_MS: String(DRAIN_MS),
      SHUTDOWN_GRACE_MS: String(2 * DRAIN_MS),
    })
    const { port } = await receiver.untilLogged('receiver.started')
    const send = (messageId: string) =>
      post(`http://127.0.0.1:${port}/api/webhooks`, signedRequest({ secret, messageId, body: '{}' }))
    expect((await send('msg_before')).status).toBe(200)
    // Whose end never comes: it would be waited for.
    const begun = connect(Number(port), '127.0.0.1')
    const broken = once(begun, 'close')
    begun.on('error', () => undefined).resume()
    begun.write(`${HEAD}{`)

    const ended = receiver.end(signal)
    await receiver.untilLogged('shutdown.started')
    expect((await send('msg_meanwhile')).status).toBe(200)
    await receiver.end(signal)
    expect(await ended).toBe(1)
    await broken
    expect((await queue.jobs()).map(({ id }) => id).toSorted()).toEqual(['msg_before', 'msg_meanwhile'])
  },
)

test('[C1] a process that is configured wrongly says everything that is wrong, by name and without values, and exits 1', async () => {
  await using worker = startProcess('worker', { REDIS_URL: 'mysql://secret@host', BATCH_SIZE: 'many' })
  expect(await worker.ended()).toBe(1)
  expect(worker.stderr.split('\n')).toEqual([
    'Rollcall cannot start with this configuration:',
    '  DATABASE_URL: is not set',
    expect.stringMatching(/^ {2}REDIS_URL: must be one redis:\/\//),
    expect.stringMatching(/^ {2}BATCH_SIZE: /),
    expect.stringContaining('.env.example'),
    '',
  ])
})
