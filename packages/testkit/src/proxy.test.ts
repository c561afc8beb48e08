import { redisAnswers } from '@rollcall/embedded/redis-answers'
import { Redis } from 'ioredis'
import { expect, test } from 'vitest'
import { startProxy } from './proxy.ts'
import { sharedRedisUrl } from './redis.ts'
import { until } from './wait.ts'

test('a cut breaks connections and refuses new ones until it is mended', async () => {
  await using proxy = await startProxy(sharedRedisUrl())
  const redis = new Redis(proxy.url, { retryStrategy: null })
  redis.on('error', () => {}) // seen by its status
  expect(await redis.ping()).toBe('PONG')

  await proxy.cut()
  expect(await redisAnswers(proxy.url)).toBe(false)
  await until(() => redis.status === 'end', { timeoutMs: 1_000, what: 'the connection is broken' })

  await proxy.restore()
  expect(await redisAnswers(proxy.url)).toBe(true)
})
