import { redisAnswers } from '@rollcall/embedded/redis-answers'
import { Redis } from 'ioredis'
import { expect, onTestFinished, test } from 'vitest'
import { type Proxy as StartedProxy, startProxy } from './proxy.ts'
import { sharedRedisUrl } from './redis.ts'
import { until } from './wait.ts'

async function connectBy(proxy: StartedProxy): Promise<Redis> {
  const redis = new Redis(proxy.url, { retryStrategy: null })
  redis.on('error', () => {}) // seen by its status
  onTestFinished(() => redis.disconnect())
  expect(await redis.ping()).toBe('PONG')
  return redis
}

test('a cut breaks connections and refuses new ones until it is mended', async () => {
  await using proxy = await startProxy(sharedRedisUrl())
  const redis = await connectBy(proxy)

  await proxy.cut()
  expect(await redisAnswers(proxy.url)).toBe(false)
  await until(() => redis.status === 'end', { timeoutMs: 20_000, what: 'the connection is broken' })

  await proxy.restore()
  expect(await redisAnswers(proxy.url)).toBe(true)
})

test('a reset ends connections with one, and new ones', async () => {
  await using proxy = await startProxy(sharedRedisUrl())
  const redis = await connectBy(proxy)
  const errors: unknown[] = []
  redis.on('error', (error: NodeJS.ErrnoException) => errors.push(error.code))

  proxy.reset()
  await until(() => redis.status === 'end', { timeoutMs: 20_000, what: 'the connection is broken' })
  expect(errors).toEqual(['ECONNRESET'])
  expect(await redisAnswers(proxy.url)).toBe(false)

  await proxy.restore()
  expect(await redisAnswers(proxy.url)).toBe(true)
})

test('what is swallowed breaks nothing, and comes through in the end', async () => {
  await using proxy = await startProxy(sharedRedisUrl())
  const redis = await connectBy(proxy)

  proxy.swallow()
  let isAnswered = false
  const answer = redis.ping().finally(() => {
    isAnswered = true
  })
  expect(await redisAnswers(proxy.url)).toBe(false) // it has waited for a while, and so has the other
  expect(isAnswered).toBe(false)
  expect(redis.status).toBe('ready')

  await proxy.restore()
  expect(await answer).toBe('PONG')
})

test('a connection that was forgotten stays silent, and neither side learns it', async () => {
  await using proxy = await startProxy(sharedRedisUrl())
  const [left, stays] = [await connectBy(proxy), await connectBy(proxy)]
  const id = await left.client('ID')

  proxy.forget()
  left.disconnect()
  let isAnswered = false
  stays.ping().then(
    () => {
      isAnswered = true
    },
    () => undefined, // ended by the test
  )
  const other = await connectBy(proxy)
  expect(await other.client('LIST')).toContain(`id=${id} `)
  expect([isAnswered, stays.status]).toEqual([false, 'ready'])
})
