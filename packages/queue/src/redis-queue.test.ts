import { readiness } from '@rollcall/shared/readiness'
import { startOwnRedis } from '@rollcall/testkit/own-redis'
import { expect, test } from 'vitest'
import { locateQueue, openQueue } from './open-queue.ts'
import { createRedis } from './redis-client.ts'

test('[Q3] probes that come while Redis is away do not pile up', async () => {
  await using redis = await startOwnRedis()
  await redis.stop()
  await using opened = new AsyncDisposableStack()
  const location = locateQueue({
    REDIS_URL: [redis.url],
    QUEUE_PREFIX: 'rollcall',
    DATABASE_SCHEMA: 'clerk',
    DATABASE_POOL_SIZE: 1,
  })
  const queue = openQueue(location, () => {}, 'receiver') // it is away, as it is meant to be
  opened.defer(() => queue.close())

  const probes = Array.from({ length: 200 }, () => readiness({ queue: queue.check }))
  expect((await Promise.all(probes)).every((state) => !state.ready)).toBe(true)
  await redis.start()
  expect(await queue.check()).toMatchObject({ status: 'passed' })

  const client = opened.adopt(
    createRedis([redis.url], () => {}),
    (client) => client.disconnect(),
  )
  const stats = await client.info('commandstats')
  expect(Number(/cmdstat_config\|get:calls=(\d+)/.exec(stats)?.[1])).toBeLessThanOrEqual(3)
})
