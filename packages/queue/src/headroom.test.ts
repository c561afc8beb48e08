import { startOwnRedis } from '@rollcall/testkit/own-redis'
import { until } from '@rollcall/testkit/wait'
import { expect, test } from 'vitest'
import { isFull, usedShareOf, watchHeadroom } from './headroom.ts'
import { createRedis } from './redis-client.ts'

test('[Q5] the share in use is told by INFO memory; without a limit there is always room', () => {
  expect(usedShareOf('used_memory:900\r\nmaxmemory:1000\r\n')).toBe(0.9)
  expect(usedShareOf('used_memory:900\r\nmaxmemory:0\r\n')).toBe(0)
  expect(usedShareOf('nothing of the kind')).toBe(0)
  expect([0, 0.89, 0.9, 1.2].map(isFull)).toEqual([false, false, true, true])
})

test('[Q5] above nine tenths of maxmemory nothing more is taken, and below again everything is', async () => {
  await using redis = await startOwnRedis()
  await using opened = new AsyncDisposableStack()
  const client = createRedis([redis.url], () => expect.unreachable())
  opened.defer(() => client.disconnect())
  let now = 0
  const headroom = watchHeadroom(client, () => now)
  const isTaken = () => {
    now += 1_000 // time to look again, each time
    try {
      headroom.require()
      return true
    } catch (error) {
      expect(error).toMatchObject({ code: 'queue_full' })
      return false
    }
  }

  expect(isTaken()).toBe(true)
  const used = await headroom.look().then(async () => Number(/used_memory:(\d+)/.exec(await client.info('memory'))![1]))
  await client.config('SET', 'maxmemory', Math.round(used * 1.05))
  await until(() => !isTaken(), { timeoutMs: 20_000, what: 'nothing more is taken' })
  await client.config('SET', 'maxmemory', used * 2)
  await until(isTaken, { timeoutMs: 20_000, what: 'it is taken again' })
})
