import { createRedis } from '@rollcall/queue/redis-client'
import { captureLog } from '@rollcall/testkit/captured-log'
import { startOwnRedis } from '@rollcall/testkit/own-redis'
import { newSecret, post, signedRequest } from '@rollcall/testkit/svix'
import { until } from '@rollcall/testkit/wait'
import { expect, test } from 'vitest'
import { startTestReceiver } from './test-receiver.ts'

test('[R3] a receiver whose Redis is full answers 503 queue_full, and takes events once there is room', async () => {
  await using redis = await startOwnRedis()
  const secret = newSecret()
  const variables = { CLERK_WEBHOOK_SIGNING_SECRET: secret, REDIS_URL: redis.url }
  await using receiver = await startTestReceiver(variables, captureLog().log)
  await using opened = new AsyncDisposableStack()
  const client = opened.adopt(
    createRedis([redis.url], () => expect.unreachable()),
    (client) => client.disconnect(),
  )
  const send = (messageId: string) =>
    post(receiver.webhookUrl, signedRequest({ secret, body: '{"type":"user.created"}', messageId }))
  expect((await send('msg_1')).status).toBe(200)

  await client.call('CONFIG', ['SET', 'maxmemory', '1'])
  const refused = await Promise.all([send('msg_2'), send('msg_3')])
  for (const response of refused) {
    expect(response.status).toBe(503)
    expect(response.headers.get('retry-after')).toBe('5')
    expect(await response.json()).toMatchObject({ error: 'queue_full' })
  }

  await client.call('CONFIG', ['SET', 'maxmemory', '0'])
  const isTaken = async () => (await send('msg_2')).status === 200
  await until(isTaken, { timeoutMs: 10_000, what: 'the receiver takes events again' })
})
