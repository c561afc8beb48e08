import { redisAnswers } from '@rollcall/embedded/redis-answers'
import { Cluster } from 'ioredis'
import { expect, test } from 'vitest'
import { startRedisCluster } from './redis-cluster.ts'
import { until } from './wait.ts'

test('a cluster spreads keys, puts a replica in the place of a killed master, and leaves nothing', async () => {
  const cluster = await startRedisCluster({ masters: 3, replicas: 3 })
  await using _ending = cluster
  const client = new Cluster(cluster.urls.split(','))
  client.on('error', () => {})
  try {
    const keys = Array.from({ length: 30 }, (_, i) => `{key-${i}}`)
    await Promise.all(keys.map((key) => client.set(key, 'kept')))
    const holders = await Promise.all(keys.map((key) => cluster.masterFor(key)))
    expect(new Set(holders).size).toBe(3)
    expect(await cluster.masters()).toHaveLength(3)

    const [killed] = holders
    const replica = await cluster.replicaOf(killed!)
    await client.wait(1, 0)
    await killed!.kill()
    await cluster.untilHealthy()
    expect(await cluster.masterFor(keys[0]!)).toBe(replica)
    await until(async () => (await client.get(keys[0]!)) === 'kept', { timeoutMs: 30_000, what: 'the key is read' })

    await killed!.start()
    await cluster.untilHealthy()
    expect(await cluster.replicaOf(replica!)).toBe(killed)
  } finally {
    client.disconnect()
  }
  await cluster[Symbol.asyncDispose]()
  expect(await Promise.all(cluster.nodes.map(({ url }) => redisAnswers(url)))).not.toContain(true)
})
