import { allowedSources } from '@rollcall/shared/allowed-sources'
import { SVIX_ADDRESSES } from '@rollcall/shared/svix-addresses'
import { samplesOf } from '@rollcall/testkit/samples'
import { newSecret, post, signedRequest } from '@rollcall/testkit/svix'
import { expect, test } from 'vitest'
import { configureReceiver } from './config.ts'
import { createMetrics } from './metrics.ts'
import { startTestApp } from './test-app.ts'

const EVENT = '{"type":"user.created"}'

/** The first and the last address of each range. */
const OF_SVIX = SVIX_ADDRESSES.flatMap((range) => {
  if (!range.includes('/')) return [range]
  const first = range.replace('::/56', '::')
  const [a, b, c, d] = first.split(':') as [string, string, string, string]
  const last = (Number.parseInt(d, 16) + 0xff).toString(16)
  return [first, `${a}:${b}:${c}:${last}:ffff:ffff:ffff:ffff`]
})

const cases = {
  ...Object.fromEntries(OF_SVIX.map((address) => [`Svix's ${address}`, ['loopback', address, 200]])),
  'Svix, of IPv4 written as IPv6': ['loopback', '::ffff:44.228.126.217', 200],
  'Svix, behind several trusted proxies': ['loopback, 10.0.0.0/8', '44.228.126.217, 10.0.0.2, 10.0.0.1', 200],
  'an address that was named beside it': ['loopback', '203.0.113.7', 200],
  'an address in a range that was named': ['loopback', '198.51.100.255', 200],
  'a stranger': ['loopback', '192.0.2.1', 'source_not_allowed'],
  'a neighbour of Svix': ['loopback', '44.228.126.218', 'source_not_allowed'],
  'the network after that of Svix': ['loopback', '2600:1f24:64:8100::', 'source_not_allowed'],
  'a stranger who claims to be Svix': ['loopback', '44.228.126.217, 192.0.2.1', 'source_hidden'],
  'Svix, by a proxy that is not trusted': ['10.0.0.0/8', '44.228.126.217', 'source_hidden'],
  'somebody of an inner network, where a proxy is missing': ['loopback', '10.0.0.9', 'source_hidden'],
  'what is no address': ['loopback', 'unknown', 'source_hidden'],
} as const

const allowed = allowedSources(['svix', '203.0.113.7', '198.51.100.0/24'])!

test.each(Object.entries(cases))('[R30] %s', async (_, [trustProxy, forwarded, outcome]) => {
  await using app = await startTestApp({ trustProxy: trustProxy as string, allowedSources: allowed })

  const response = await app.send(EVENT, { 'x-forwarded-for': forwarded as string })

  if (outcome === 200) expect([response.status, app.enqueued.length]).toEqual([200, 1])
  else {
    expect([response.status, app.enqueued.length]).toEqual([403, 0])
    expect(await response.json()).toEqual({ error: outcome, message: expect.stringMatching(/^\S.*\.$/) })
    expect(app.logLines('webhook.refused')).toEqual([expect.objectContaining({ level: 'warn', reason: outcome })])
  }
})

test('[R30] who is not let in is told so whatever they send, is counted, and nothing of it is read', async () => {
  const metrics = createMetrics()
  await using app = await startTestApp({ metrics, allowedSources: allowed })
  const from = { 'x-forwarded-for': '192.0.2.1' }
  const answers = [
    await app.send(EVENT, from),
    await post(app.webhookUrl, { ...signedRequest({ secret: newSecret(), body: EVENT }), headers: from }),
    await app.send('x'.repeat(2_000_000), from),
    await app.send(EVENT, { ...from, 'content-type': 'text/plain' }),
    await fetch(`${app.webhookUrl}/?a=b`, { headers: from }),
  ]
  const texts = await Promise.all(answers.map((answer) => answer.text()))

  expect(answers.map(({ status }) => status)).toEqual([403, 403, 403, 403, 403])
  expect(new Set(texts).size).toBe(1)
  expect(samplesOf(await metrics.metrics(), 'rollcall_webhooks_total')).toEqual({
    'status="403",reason="source_not_allowed"': 5,
  })
})

test('[R30] health is told to everybody', async () => {
  await using app = await startTestApp({ allowedSources: allowed })
  for (const path of ['/healthz', '/readyz']) {
    expect((await fetch(`${app.url}${path}`, { headers: { 'x-forwarded-for': '192.0.2.1' } })).status).toBe(200)
  }
})

test('[R30] it is not let be got round by TRUST_PROXY=true, which believes every sender', () => {
  const environment = { CLERK_WEBHOOK_SIGNING_SECRET: newSecret(), REDIS_URL: 'redis://localhost' }
  expect(configureReceiver({ ...environment, TRUST_PROXY: 'true' }).ALLOWED_SOURCES).toBeUndefined()
  expect(configureReceiver({ ...environment, ALLOWED_SOURCES: 'svix' }).ALLOWED_SOURCES).toHaveLength(
    SVIX_ADDRESSES.length,
  )
  expect(() => configureReceiver({ ...environment, TRUST_PROXY: 'true', ALLOWED_SOURCES: 'svix' })).toThrow(
    /X-Forwarded-For.*TRUST_PROXY/,
  )
})

test('[R31] a proxy that hides where webhooks come from is told by the answer and the log, not taken for a stranger', async () => {
  await using app = await startTestApp({ trustProxy: false, allowedSources: allowed })
  const answer = await app.send(EVENT, { 'x-forwarded-for': '44.228.126.217' })
  expect(await answer.json()).toMatchObject({ error: 'source_hidden', message: expect.stringContaining('TRUST_PROXY') })
  expect(app.logLines('webhook.refused')).toMatchObject([{ reason: 'source_hidden', ip: '127.0.0.1' }])
})
