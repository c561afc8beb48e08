import { startOwnRedis } from '@rollcall/testkit/own-redis'
import { describe, expect, test } from 'vitest'
import { checkDurability, judgeDurability, type RedisSettings } from './durability.ts'
import { createRedis } from './redis-client.ts'

const BEST: RedisSettings = { appendOnly: true, appendFsync: 'always', evictionPolicy: 'noeviction' }
const EVICTING = [
  ...['allkeys-lru', 'allkeys-lfu', 'allkeys-random', 'allkeys-lrm'],
  ...['volatile-lru', 'volatile-lfu', 'volatile-random', 'volatile-ttl'],
]

describe('judgeDurability', () => {
  test.each(EVICTING)('[Q4] a Redis that evicts by %s is not ready, however durable it is', (evictionPolicy) => {
    expect(judgeDurability({ ...BEST, evictionPolicy })).toMatchObject({
      status: 'failed',
      message: expect.stringContaining(`maxmemory-policy is ${evictionPolicy}`),
    })
  })

  const verdicts: Record<string, [Partial<RedisSettings>, 'passed' | 'warned', string]> = {
    'what is written at every command': [{}, 'passed', 'appendfsync always'],
    'what is written every second': [{ appendFsync: 'everysec' }, 'passed', 'may lose the last second'],
    'what the system writes when it likes': [{ appendFsync: 'no' }, 'warned', 'a power cut loses what waits'],
    'what is in memory only': [{ appendOnly: false }, 'warned', 'a restart of Redis loses what waits'],
    'memory only, with an fsync that means nothing': [
      { appendOnly: false, appendFsync: 'everysec' },
      'warned',
      'a restart of Redis loses what waits',
    ],
    'a Redis that hides its fsync': [{ appendFsync: undefined }, 'warned', 'does not tell'],
    'a Redis that hides its append-only file': [{ appendOnly: undefined }, 'warned', 'does not tell'],
    'a Redis that hides its eviction': [{ evictionPolicy: undefined }, 'warned', 'does not tell'],
    'a Redis that hides its eviction, though it writes every second': [
      { evictionPolicy: undefined, appendFsync: 'everysec' },
      'warned',
      'does not tell',
    ],
    'a Redis that hides its append-only file, though it would write every second': [
      { appendOnly: undefined, appendFsync: 'everysec' },
      'warned',
      'does not tell',
    ],
    'a Redis that hides everything': [
      { appendOnly: undefined, appendFsync: undefined, evictionPolicy: undefined },
      'warned',
      'does not tell',
    ],
  }
  test.each(Object.entries(verdicts))('[Q4] of %s it says so', (_, [over, status, message]) => {
    expect(judgeDurability({ ...BEST, ...over })).toEqual({ status, message: expect.stringContaining(message) })
  })
})

test('[Q4] a real Redis is judged by what it does now, not by what it was started with', async () => {
  await using redis = await startOwnRedis({ 'maxmemory-policy': 'allkeys-lru' })
  await using opened = new AsyncDisposableStack()
  const client = opened.adopt(createRedis([redis.url], rethrow), (client) => client.disconnect())
  const set = (name: string, value: string) => client.call('CONFIG', ['SET', name, value])
  expect(await checkDurability(client)).toMatchObject({ status: 'failed' })

  await set('maxmemory-policy', 'noeviction')
  expect(await checkDurability(client)).toEqual({
    status: 'passed',
    message: 'maxmemory-policy noeviction, appendonly yes, appendfsync always',
  })
  await set('appendfsync', 'no')
  expect(await checkDurability(client)).toMatchObject({ status: 'warned' })
  await set('appendonly', 'no')
  expect(await checkDurability(client)).toMatchObject({
    status: 'warned',
    message: expect.stringContaining('a restart of Redis loses what waits'),
  })

  // As managed services do.
  await client.call('ACL', ['SETUSER', 'default', '-config'])
  expect(await checkDurability(client)).toMatchObject({
    status: 'warned',
    message: expect.stringContaining('maxmemory-policy noeviction, appendonly no, appendfsync unknown'),
  })
})

const rethrow = (error: Error): never => {
  throw error
}
