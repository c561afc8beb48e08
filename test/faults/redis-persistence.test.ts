import { createRedis } from '@rollcall/queue/redis-client'
import { startTestReceiver } from '@rollcall/receiver/test-receiver'
import type { Readiness } from '@rollcall/shared/readiness'
import { captureLog } from '@rollcall/testkit/captured-log'
import { startOwnRedis } from '@rollcall/testkit/own-redis'
import { seeQueue } from '@rollcall/testkit/queue'
import type { RedisSettings } from '@rollcall/testkit/redis-server'
import { newSecret } from '@rollcall/testkit/svix'
import { until } from '@rollcall/testkit/wait'
import { expect, test } from 'vitest'
import { deliverAll } from '../deliver-all.ts'

const EVENTS = 50

/** What is left where Redis dies while its machine lives on, and what `/readyz` says of the rest. */
const SETTINGS: readonly [name: string, RedisSettings, kept: number, says: RegExp][] = [
  [
    'appendfsync always',
    { appendfsync: 'always' },
    EVENTS,
    /^maxmemory-policy noeviction, appendonly yes, appendfsync always$/,
  ],
  ['appendfsync everysec', { appendfsync: 'everysec' }, EVENTS, /a power cut may lose the last second/],
  ['appendfsync no', { appendfsync: 'no' }, EVENTS, /a power cut loses what waits/],
  ['no append-only file', { appendonly: 'no' }, 0, /a restart of Redis loses what waits/],
]

/** With `everysec` what is acknowledged waits for up to 2 s to be written, as long as the disk has not synced what was before. */
async function isWritten(url: string): Promise<boolean> {
  const client = createRedis([url], () => undefined)
  try {
    const info = await client.info('persistence')
    return info.includes('aof_enabled:0') || /aof_buffer_length:0\r[\s\S]*aof_pending_bio_fsync:0\r/.test(info)
  } finally {
    client.disconnect()
  }
}

test.concurrent.each(SETTINGS)(
  '[Q63] with %s, a Redis that is killed keeps what it promised, and the receiver says what it did not',
  async (_name, settings, kept, says) => {
    await using redis = await startOwnRedis(settings)
    const secret = newSecret()
    const variables = { REDIS_URL: redis.url, CLERK_WEBHOOK_SIGNING_SECRET: secret }
    await using receiver = await startTestReceiver(variables, captureLog().log)
    const messages = Array.from({ length: EVENTS }, (_, i) => ({
      messageId: `msg_${i}`,
      body: { type: 'user.created' },
    }))
    expect(await deliverAll({ url: receiver.webhookUrl, secret }, messages, { concurrency: 10 })).toEqual(new Map())
    const queueCheck = async () => {
      const { ready, checks } = (await (await fetch(receiver.readyUrl)).json()) as Readiness
      return ready && checks.queue
    }
    expect(await queueCheck()).toMatchObject({ message: expect.stringMatching(says) })

    await until(() => isWritten(redis.url), { timeoutMs: 30_000, what: 'nothing waits for a slow disk' })
    await redis.kill()
    await redis.start()
    await until(queueCheck, { timeoutMs: 30_000, what: 'the receiver is ready again' })
    expect(await seeQueue(variables).jobs()).toHaveLength(kept)
  },
)
