import { type RedisCluster, startRedisCluster } from '@rollcall/testkit/redis-cluster'
import { Cluster, Redis } from 'ioredis'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { createRedis } from './redis-client.ts'

let cluster: RedisCluster
beforeAll(async () => {
  cluster = await startRedisCluster({ masters: 3, replicas: 3, settings: { appendfsync: 'everysec' } })
})
afterAll(() => cluster[Symbol.asyncDispose]())

/** Its nodes are taken for dead after 2 s, and asked for every 10 s; a connection takes 2 s to be given up, and an election
 * that did not come to its end is tried again 8 s later. */
const FAILOVER_MS = 40_000

test.for(['kill', 'freeze'] as const)(
  '[Q25] what is sent to the master of a cluster waits for its replica to take over (%s)',
  { timeout: 180_000 },
  async (action) => {
    const client = createRedis(cluster.urls.split(','), () => undefined) as Cluster
    onTestFinished(() => client.disconnect())
    const key = '{entity}:1'
    await client.set(key, 0)
    const master = await cluster.masterFor(key)

    // One that waits for something to come, as a worker does, and one that wants an answer.
    const blocking = client.duplicate()
    onTestFinished(() => blocking.disconnect())
    const popped = blocking.blpop('{entity}:list', 60)
    await client.incr(key)
    await master[action]()
    const began = performance.now()
    expect(await client.incr(key)).toBeGreaterThan(0)
    expect(performance.now() - began).toBeLessThan(FAILOVER_MS)
    await client.rpush('{entity}:list', 'came')
    expect(await popped).toEqual(['{entity}:list', 'came'])

    await { kill: master.start, freeze: master.thaw }[action]()
    await cluster.untilHealthy()
  },
)

test('[Q22] what BullMQ duplicates has the TLS, the Sentinels and the user of the address', async () => {
  const nowhere = '127.0.0.1:1'
  const open = (...urls: string[]) => {
    const client = createRedis(urls, () => undefined)
    onTestFinished(() => client.disconnect())
    const twin = (client as Redis).duplicate()
    onTestFinished(() => twin.disconnect())
    twin.on('error', () => undefined)
    return twin
  }
  const single = open(`rediss://user:p%40ss@${nowhere}/3?family=4`)
  expect(single).toBeInstanceOf(Redis)
  expect(single.options).toMatchObject({ tls: {}, username: 'user', password: 'p@ss', db: 3, socketTimeout: 30_000 })
  expect(single.options).toMatchObject({ family: 4 })

  const nodes = open(`rediss://user:pass@${nowhere}`, 'rediss://127.0.0.1:2') as unknown as Cluster
  expect(nodes).toBeInstanceOf(Cluster)
  expect(nodes.options.redisOptions).toMatchObject({ tls: {}, username: 'user', password: 'pass' })
  expect(nodes.options.maxRedirections).toBe(60)

  const watched = open(`rediss+sentinel://user:pass@${nowhere}/main?db=2&sentinelPassword=other`)
  expect(watched.options).toMatchObject({
    sentinels: [{ host: '127.0.0.1', port: 1 }],
    name: 'main',
    db: 2,
    username: 'user',
    password: 'pass',
    sentinelPassword: 'other',
    tls: {},
    sentinelTLS: {},
    enableTLSForSentinelMode: true,
  })
})
