import { connect } from 'node:net'
import { createRedis } from '@rollcall/queue/redis-client'
import { startOwnRedis } from '@rollcall/testkit/own-redis'
import { createQueue } from '@rollcall/testkit/queue'
import { newSecret, post, signedRequest } from '@rollcall/testkit/svix'
import { describe, expect, test } from 'vitest'
import { createCanaries, namesOf, undocumented } from './canaries.ts'
import { type RunningProcess, startProcess } from './process.ts'

/** Whole processes take their time to start on a busy machine. */
const PATIENCE_MS = 60_000

const LEVEL = { LOG_LEVEL: 'trace' }

async function requirePassword(redisUrl: string, password: string): Promise<void> {
  const client = createRedis([redisUrl], () => undefined)
  await client.config('SET', 'requirepass', password)
  client.disconnect()
}

describe('what receivers are sent', { timeout: 3 * PATIENCE_MS }, () => {
  const { plant, leakedTo } = createCanaries()
  const secret = `whsec_${plant('signing secret')}`

  const headers = () => ({
    cookie: `__session=${plant('cookie')}`,
    authorization: `Bearer ${plant('bearer token')}`,
    'user-agent': plant('user agent'),
    'x-forwarded-for': plant('forwarded address'),
    'x-custom': plant('header'),
    referer: `https://example.com/?${plant('referer')}`,
  })
  const body = (where: string) =>
    JSON.stringify({ type: 'user.created', data: { id: 'user_1', first_name: plant(where) } })

  test('[L9] whatever a request holds and however it ends, the log has none of it', async () => {
    await using queue = await createQueue('redis')
    await using receiver = startProcess('receiver', {
      ...queue.variables,
      ...LEVEL,
      CLERK_WEBHOOK_SIGNING_SECRET: secret,
      PORT: '0',
    })
    const { port } = await receiver.untilLogged('receiver.started', PATIENCE_MS)
    const url = `http://127.0.0.1:${port}/api/webhooks`
    const send = async (signed: ReturnType<typeof signedRequest>, more = {}, to = url) =>
      (await post(to, { ...signed, headers: { ...signed.headers, ...headers(), ...more } })).status
    const signed = (where: string, key = secret) => signedRequest({ secret: key, body: body(where) })

    expect(await send(signed('body'), {}, `${url}?token=${plant('query')}`)).toBe(200)
    expect(await send(signed('body of a stranger', newSecret()))).toBe(400)
    expect(await send(signed('bad time'), { 'svix-timestamp': plant('timestamp') })).toBe(400)
    expect(await send(signed('bad id'), { 'svix-id': plant('message id') })).toBe(400)
    expect(await send(signed('bad signature'), { 'svix-signature': `v1,${plant('signature')}` })).toBe(400)
    expect(await send({ headers: { 'content-type': 'application/json' }, body: body('unsigned') })).toBe(400)
    expect(await send(signed('type'), { 'content-type': `text/${plant('content type')}` })).toBe(415)
    expect(await send(signed('encoding'), { 'content-encoding': plant('encoding name') })).toBe(415)
    expect(await send(signedRequest({ secret, body: plant('large').padEnd(2_000_000) }))).toBe(413)
    expect(await send(signedRequest({ secret, body: `{"a": "${plant('broken JSON')}` }))).toBe(200)
    expect(await send(signedRequest({ secret, body: Buffer.from(`\xff${plant('no text')}`, 'latin1') }))).toBe(200)
    expect((await fetch(`http://127.0.0.1:${port}/${plant('path')}`, { headers: headers() })).status).toBe(404)
    expect((await fetch(url, { method: 'PUT', body: plant('PUT'), headers: headers() })).status).toBe(405)

    const socket = connect(Number(port), '127.0.0.1').on('error', () => undefined)
    socket.write(
      `POST /api/webhooks HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n`,
    )
    socket.end(plant('half a body'))
    const broken = connect(Number(port), '127.0.0.1').on('error', () => undefined)
    broken.end(`${plant('no HTTP')}\r\n\r\n`)
    await receiver.end('SIGTERM')

    expect(leakedTo(receiver)).toEqual([])
    expect(undocumented(receiver)).toEqual([])
    expect(namesOf(receiver)).toEqual(
      new Set(['receiver.started', 'webhook.accepted', 'webhook.refused', 'shutdown.started', 'process.stopped']),
    )
  })

  test('[L9] nor what it was to hand on while the queue was away, nor passwords and tokens', async () => {
    const password = plant('Redis password')
    await using redis = await startOwnRedis()
    await requirePassword(redis.url, password)
    const urlWith = (word: string) => Object.assign(new URL(redis.url), { password: word }).href
    const common = {
      ...LEVEL,
      CLERK_WEBHOOK_SIGNING_SECRET: secret,
      PORT: '0',
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://user:${plant('password of the collector')}@127.0.0.1:1`,
      OTEL_EXPORTER_OTLP_HEADERS: `authorization=Bearer%20${plant('token of the collector')}`,
    }
    await using wrong = startProcess('receiver', { ...common, REDIS_URL: urlWith(plant('wrong Redis password')) })
    await using none = startProcess('receiver', {
      ...common,
      DATABASE_URL: `postgres://user:${plant('database password')}@127.0.0.1:1/app`,
    })
    await using receiver = startProcess('receiver', { ...common, REDIS_URL: urlWith(password) })

    const isDeferred = async (process: RunningProcess) => {
      const { port } = await process.untilLogged('receiver.started', PATIENCE_MS)
      const signed = signedRequest({ secret, body: body('deferred') })
      const answer = await post(`http://127.0.0.1:${port}/api/webhooks`, signed)
      return answer.status === 503
    }
    expect(await isDeferred(receiver)).toBe(false)
    await redis.stop()
    expect(await Promise.all([wrong, none, receiver].map(isDeferred))).toEqual([true, true, true])
    const all = [wrong, none, receiver]
    await Promise.all(all.map((process) => process.end('SIGTERM')))

    expect(leakedTo(...all)).toEqual([])
    for (const process of all) {
      expect(undocumented(process)).toEqual([])
      expect(namesOf(process)).toContain('webhook.deferred')
      expect(namesOf(process)).toContain('queue.errored')
      expect(namesOf(process)).toContain('traces.errored')
    }
  })

  test('[L9] nor what a variable was wrongly set to', async () => {
    await using receiver = startProcess('receiver', {
      CLERK_WEBHOOK_SIGNING_SECRET: plant('secret of another form'),
      REDIS_URL: `http://:${plant('password in no URL of Redis')}@x`,
      DATABASE_URL: `postgres//${plant('password in no URL')}`,
      OTEL_EXPORTER_OTLP_HEADERS: plant('no header'),
      QUEUE_ENCRYPTION_KEY: plant('key of another length'),
      PORT: plant('port'),
    })
    expect(await receiver.ended()).toBe(1)
    expect(receiver.stderr).toContain('OTEL_EXPORTER_OTLP_HEADERS')
    expect(leakedTo(receiver)).toEqual([])
  })
})
