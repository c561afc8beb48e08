import { withQueue } from '@rollcall/cli/with-queue'
import { connectedProcesses } from '@rollcall/queue/connected-processes'
import { locateQueue, openQueue, type QueueLocation } from '@rollcall/queue/open-queue'
import { captureLog } from '@rollcall/testkit/captured-log'
import { userBody } from '@rollcall/testkit/deliveries'
import { createDatabase } from '@rollcall/testkit/postgres'
import { createAuthority } from '@rollcall/testkit/private-authority'
import { type RedisCluster, startRedisCluster } from '@rollcall/testkit/redis-cluster'
import { serverTls } from '@rollcall/testkit/redis-process'
import { uniqueName } from '@rollcall/testkit/unique-name'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { startPipeline } from './pipeline.ts'

let cluster: RedisCluster
let parameters: string

beforeAll(async () => {
  const authority = await createAuthority(`${inject('testRun').directory}/${uniqueName('authority')}`)
  const { cert, key } = await authority.issue('client')
  parameters = `${new URLSearchParams({ sslrootcert: authority.ca, sslcert: cert, sslkey: key })}`
  const settings = { 'cluster-require-full-coverage': 'yes' }
  cluster = await startRedisCluster({ masters: 3, replicas: 0, settings, tls: await serverTls(authority) })
})
afterAll(() => cluster[Symbol.asyncDispose]())

const PREFIX = 'cluster-tls'

/** By one address, at which the others are asked for. */
const urlOf = (scheme: string) => `${cluster.urls.split(',')[0]!.replace('rediss', scheme)}?${parameters}`

const locationOf = (url: string): QueueLocation =>
  locateQueue({ REDIS_URL: [url], QUEUE_PREFIX: PREFIX, DATABASE_SCHEMA: 'clerk', DATABASE_POOL_SIZE: 1 })

test('[Q22] an event reaches its row through a cluster that asks for TLS and for a certificate at every node', async () => {
  await using database = await createDatabase()
  const { log, lines } = captureLog()
  const variables = { REDIS_URL: urlOf('rediss+cluster'), QUEUE_PREFIX: PREFIX, QUEUE_SHARDS: '8' }
  await using pipeline = await startPipeline({ ...variables, DATABASE_URL: database.url }, log)
  const ids = Array.from({ length: 24 }, (_, i) => `user_${i}`)
  const statuses = await Promise.all(
    ids.map((id) => {
      const body = userBody({ type: 'user.created', id, occurredAt: 1_000, updatedAt: 1_000, fields: {} })
      return pipeline.send(body, `msg_${id}`)
    }),
  )
  expect(new Set(statuses)).toEqual(new Set([200]))
  await pipeline.untilSettled(ids.length, 60_000)
  expect(lines('queue.errored')).toEqual([])

  const location = locationOf(urlOf('rediss+cluster'))
  expect(await withQueue(location, (queue) => queue.check())).toMatchObject({ status: 'passed' })
  // Receiver and worker are one process here, which bears its name at each node.
  expect(await connectedProcesses(location)).toMatchObject({ here: { receivers: 1, workers: 1 } })
  const queue = openQueue(location, () => undefined)
  const memory = await queue.memory()
  await queue.close()
  expect(memory).toMatchObject({ usedBytes: expect.any(Number), evictedKeys: 0 })
})

test('[Q24] one node that is taken for all of Redis is told, and that slots are not served', async () => {
  const checked = (scheme: string) => withQueue(locationOf(urlOf(scheme)), (queue) => queue.check())
  await expect(checked('rediss')).rejects.toThrow('one node of a Redis Cluster as if there were no others')

  await cluster.nodes[2]!.kill()
  await expect
    .poll(() => checked('rediss+cluster').catch((error) => error.message), { timeout: 60_000 })
    .toContain('The Redis Cluster answers and does not serve')
})
