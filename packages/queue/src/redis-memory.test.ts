import { startOwnRedis } from '@rollcall/testkit/own-redis'
import { expect, test } from 'vitest'
import { createRedis } from './redis-client.ts'
import { readRedisMemory, summariseMemory } from './redis-memory.ts'

const node = (used: number, limit: number, evicted: number) => ({
  memory: `used_memory:${used}\r\nmaxmemory:${limit}\r\n`,
  stats: `evicted_keys:${evicted}\r\n`,
})

test('[P4] of several nodes the fullest one is told, and all that any has evicted', () => {
  expect(summariseMemory([node(500, 1_000, 1), node(900, 1_000, 0), node(950, 10_000, 2)])).toEqual({
    usedBytes: 900,
    limitBytes: 1_000,
    evictedKeys: 3,
  })
  expect(summariseMemory([node(5, 0, 0), node(7, 0, 0)])).toEqual({
    usedBytes: 7,
    limitBytes: undefined,
    evictedKeys: 0,
  })
})

test('[P4] Redis tells how much it uses, and what it has evicted', async () => {
  await using redis = await startOwnRedis({ 'maxmemory-policy': 'allkeys-lru' })
  await using opened = new AsyncDisposableStack()
  const client = createRedis([redis.url], () => expect.unreachable())
  opened.defer(() => client.disconnect())
  expect(await readRedisMemory(client)).toEqual({
    usedBytes: expect.any(Number),
    limitBytes: undefined,
    evictedKeys: 0,
  })
  await client.mset(Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`key_${i}`, 'x'.repeat(10_000)])))
  const { usedBytes } = await readRedisMemory(client)
  await client.config('SET', 'maxmemory', usedBytes! - 100_000)
  await client.set('one_more', 'x')
  const memory = await readRedisMemory(client)
  expect(memory.limitBytes).toBe(usedBytes! - 100_000)
  expect(memory.evictedKeys).toBeGreaterThan(0)
})
