import { createRedis } from '@rollcall/queue/redis-client'
import { startTestReceiver } from '@rollcall/receiver/test-receiver'
import { captureLog } from '@rollcall/testkit/captured-log'
import { userBody } from '@rollcall/testkit/deliveries'
import { createTestMirror } from '@rollcall/testkit/mirror'
import { startOwnRedis } from '@rollcall/testkit/own-redis'
import { seeQueue } from '@rollcall/testkit/queue'
import { newSecret } from '@rollcall/testkit/svix'
import { until } from '@rollcall/testkit/wait'
import { expect, test } from 'vitest'
import { deliverAll } from '../deliver-all.ts'
import { startProcess } from '../process.ts'

const USERS = 500
const BROKEN = 5

/** Short, so that what a full Redis could not be told of is soon handed out again. */
const LOCK = { JOB_LOCK_MS: '2000' }

const T0 = 1_764_000_000_000

const MESSAGES = [
  ...Array.from({ length: USERS }, (_, i) => ({
    messageId: `msg_${i}`,
    body: userBody({ type: 'user.created', id: `user_${i}`, occurredAt: T0 + i, updatedAt: T0 + i }),
  })),
  ...Array.from({ length: BROKEN }, (_, i) => ({ messageId: `msg_broken_${i}`, body: ['no event'] })),
]

test('[Q60] workers empty a Redis that has no byte left, lose nothing, and the receiver goes on by itself', async () => {
  await using opened = new AsyncDisposableStack()
  const redis = opened.use(await startOwnRedis())
  const client = opened.adopt(
    createRedis([redis.url], () => undefined),
    (open) => open.disconnect(),
  )
  const mirror = opened.use(await createTestMirror())
  const secret = newSecret()
  const variables = { REDIS_URL: redis.url, CLERK_WEBHOOK_SIGNING_SECRET: secret }
  const receiver = opened.use(await startTestReceiver(variables, captureLog().log))
  const endpoint = { url: receiver.webhookUrl, secret }
  const queue = seeQueue(variables)
  const ledger = () => mirror.db.selectFrom('webhook_events').select(['id', 'outcome']).execute()
  const fill = async (share: string) => void (await client.config('SET', 'maxmemory', share))

  expect(await deliverAll(endpoint, MESSAGES, { concurrency: 20 })).toEqual(new Map())
  await fill('1')
  await expect(client.set('one', 'more')).rejects.toThrow(/^OOM /)
  const refused = deliverAll(endpoint, [{ messageId: 'msg_later', body: MESSAGES[0]!.body }], { concurrency: 1 })

  // It has never seen this Redis otherwise.
  const worker = opened.use(startProcess('worker', { ...variables, ...LOCK, DATABASE_URL: mirror.urls.worker }))
  await until(async () => (await ledger()).length === MESSAGES.length, { timeoutMs: 60_000, what: 'all are settled' })
  const left = async () => (await queue.jobs()).map(({ delivery }) => delivery.messageId)
  await until(async () => (await left()).length <= BROKEN, { timeoutMs: 60_000, what: 'what was applied has left' })

  await fill('0')
  expect((await refused).get(503)).toBeGreaterThan(0)
  const isDone = async () => (await ledger()).length === MESSAGES.length + 1
  await until(isDone, { timeoutMs: 60_000, what: 'what was refused meanwhile is settled' })
  const ended = async () => (await queue.jobs()).every(({ state }) => state === 'failed')
  await until(ended, { timeoutMs: 60_000, what: 'broken events are in the failed set' })
  expect(await queue.jobs()).toHaveLength(BROKEN)
  const outcomes = Map.groupBy(await ledger(), ({ outcome }) => outcome)
  expect(outcomes.get('applied')).toHaveLength(USERS + 1)
  expect(outcomes.get('failed')).toHaveLength(BROKEN)
  expect(await worker.end('SIGTERM')).toBe(0)
})
