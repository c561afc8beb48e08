import { withQueue } from '@rollcall/cli/with-queue'
import { locateQueue } from '@rollcall/queue/open-queue'
import { captureLog } from '@rollcall/testkit/captured-log'
import { userBody } from '@rollcall/testkit/deliveries'
import { createDatabase } from '@rollcall/testkit/postgres'
import { createAuthority } from '@rollcall/testkit/private-authority'
import { serverTls } from '@rollcall/testkit/redis-process'
import { startWatchedRedis, type WatchedRedis } from '@rollcall/testkit/redis-sentinel'
import { uniqueName } from '@rollcall/testkit/unique-name'
import { until } from '@rollcall/testkit/wait'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { startPipeline } from './pipeline.ts'

let redis: WatchedRedis
let parameters: string

beforeAll(async () => {
  const authority = await createAuthority(`${inject('testRun').directory}/${uniqueName('authority')}`)
  const { cert, key } = await authority.issue('client')
  parameters = `${new URLSearchParams({ sslrootcert: authority.ca, sslcert: cert, sslkey: key })}`
  redis = await startWatchedRedis(await serverTls(authority))
})
afterAll(() => redis[Symbol.asyncDispose]())

const urlOf = (master: string) => `rediss+sentinel://${redis.sentinels}/${master}?${parameters}`

test('[Q23] events go on reaching their rows when Sentinels have put a replica in the place of a killed master', async () => {
  await using database = await createDatabase()
  const { log } = captureLog()
  await using pipeline = await startPipeline({ REDIS_URL: urlOf(redis.name), DATABASE_URL: database.url }, log)
  const send = (id: string) => {
    const body = userBody({ type: 'user.created', id, occurredAt: 1_000, updatedAt: 1_000, fields: {} })
    return pipeline.send(body, `msg_${id}`)
  }
  expect(await send('user_1')).toBe(200)
  await pipeline.untilSettled(1, 60_000)

  const [master, replica] = redis.servers
  await master.kill()
  await until(async () => (await redis.master()) === replica, { timeoutMs: 60_000, what: 'the replica takes over' })
  // As Svix does: what was refused is sent again.
  await until(async () => (await send('user_2')) === 200, { timeoutMs: 60_000, what: 'events are taken again' })
  await pipeline.untilSettled(2, 60_000)
  expect(await pipeline.query('select id from clerk.users order by id')).toEqual([{ id: 'user_1' }, { id: 'user_2' }])
})

test('[Q24] a name that the Sentinels do not know is told', async () => {
  const common = { QUEUE_PREFIX: 'rollcall', DATABASE_SCHEMA: 'clerk', DATABASE_POOL_SIZE: 1 }
  const location = locateQueue({ ...common, REDIS_URL: [urlOf('nobody')] })
  await expect(withQueue(location, (queue) => queue.check())).rejects.toThrow(
    'The Sentinels know no master of the name in REDIS_URL.',
  )
})
