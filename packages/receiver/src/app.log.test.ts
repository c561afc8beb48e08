import { PipelineError } from '@rollcall/shared/errors'
import { variables } from '@rollcall/shared/variables'
import { newSecret, post, signedRequest } from '@rollcall/testkit/svix'
import { expect, test } from 'vitest'
import { startTestApp } from './test-app.ts'

const EVENT = '{"type":"user.created","data":{"email":"ada@example.com"}}'

test('[L1] each request is one line: accepted, refused or deferred', async () => {
  let isAway = false
  const enqueue = async () => {
    if (isAway) throw new PipelineError('queue_unavailable', 'the queue cannot be reached')
  }
  await using app = await startTestApp({ enqueue })

  await post(app.webhookUrl, signedRequest({ secret: app.secret, messageId: 'msg_1', body: EVENT }))
  await post(app.webhookUrl, signedRequest({ secret: newSecret(), messageId: 'msg_2', body: EVENT }))
  isAway = true
  await post(app.webhookUrl, signedRequest({ secret: app.secret, messageId: 'msg_3', body: EVENT }))

  expect(app.logText().trim().split('\n')).toHaveLength(3)
  expect(app.logLines('webhook.accepted')).toEqual([
    expect.objectContaining({ level: 'debug', messageId: 'msg_1', bytes: EVENT.length }),
  ])
  expect(app.logLines('webhook.refused')).toEqual([
    expect.objectContaining({ level: 'warn', reason: 'signature_invalid', bytes: EVENT.length }),
  ])
  expect(app.logLines('webhook.deferred')).toEqual([
    expect.objectContaining({
      level: 'error',
      messageId: 'msg_3',
      error: expect.objectContaining({ code: 'queue_unavailable' }),
    }),
  ])
})

test('[L2] no line holds a payload or a secret, not even that of an error that carries its command', async () => {
  // As ioredis and pg do: the error knows what was sent.
  const cause = Object.assign(new Error('OOM'), { command: { args: [EVENT] }, parameters: [EVENT] })
  const enqueue = () => Promise.reject(new PipelineError('queue_full', 'the queue has no room', { cause }))
  await using app = await startTestApp({ enqueue })

  await app.send(EVENT)
  await post(app.webhookUrl, signedRequest({ secret: newSecret(), body: EVENT }))
  await post(app.webhookUrl, { headers: { 'content-type': 'text/plain' }, body: EVENT })
  await app.send(EVENT.padEnd(2_000_000))

  expect(app.logLines('webhook.deferred')).toHaveLength(1)
  expect(app.logLines('webhook.refused')).toHaveLength(1)
  expect(app.logText()).not.toContain('ada@example.com')
  expect(app.logText()).not.toContain(app.secret.slice('whsec_'.length))
})

const addresses = {
  'a trusted proxy says whose request it was': ['loopback', '203.0.113.7', '203.0.113.7'],
  'the last one that is no proxy of ours counts': ['loopback', '198.51.100.1, 203.0.113.7', '203.0.113.7'],
  'a proxy that is not trusted is itself the sender': ['10.0.0.0/8', '203.0.113.7', '127.0.0.1'],
} as const

test.each(Object.entries(addresses))('[R10] %s', async (_, [trustProxy, forwarded, sender]) => {
  await using app = await startTestApp({ trustProxy })
  const signed = signedRequest({ secret: newSecret(), body: EVENT })

  await post(app.webhookUrl, { ...signed, headers: { ...signed.headers, 'x-forwarded-for': forwarded } })

  expect(app.logLines('webhook.refused')).toEqual([expect.objectContaining({ ip: sender })])
})

test.each(['true', 'false', '0', '1', 'uniquelocal', '10.0.0.0/8, ::1', '10.0.0.0/255.0.0.0', 'fd00::/8'])(
  '[C2] what the configuration takes as TRUST_PROXY=%s, proxy-addr does',
  async (written) => {
    await using app = await startTestApp({ trustProxy: variables.TRUST_PROXY.parse(written) })
    expect((await app.send(EVENT)).status).toBe(200)
  },
)
