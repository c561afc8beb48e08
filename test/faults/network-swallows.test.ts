import { captureLog } from '@rollcall/testkit/captured-log'
import { createDatabase } from '@rollcall/testkit/postgres'
import { type Proxy as Network, startProxy } from '@rollcall/testkit/proxy'
import { createQueue } from '@rollcall/testkit/queue'
import { sharedRedisUrl } from '@rollcall/testkit/redis'
import { runSeed } from '@rollcall/testkit/seed'
import { until } from '@rollcall/testkit/wait'
import { expect, test } from 'vitest'
import { burstOfUsers } from '../burst-of-users.ts'
import { startPipeline } from '../pipeline.ts'
import { expectNothingLost } from './nothing-lost.ts'
import { sendAgain, sendUntilTaken } from './persevering-sender.ts'

const seed = runSeed()

test.concurrent(`[O35] a network to Postgres that swallows everything, and then forgets its connections (seed ${seed})`, async () => {
  const burst = burstOfUsers({ users: 50, eventsEach: 10, seed })
  await using database = await createDatabase()
  await using network = await startProxy(database.url)
  await using queue = await createQueue('redis')
  const { log, lines } = captureLog()
  await using pipeline = await startPipeline({ ...queue.variables, DATABASE_URL: network.url }, log)

  const sending = sendUntilTaken(pipeline, burst)
  await until(() => lines('event.settled').length > 50, { timeoutMs: 20_000, what: 'the burst is under way' })
  network.swallow()
  expect(await sendAgain(pipeline, burst)).toBe(200)
  const isUnready = async () => !(await pipeline.workerReadiness()).ready
  await until(isUnready, { timeoutMs: 90_000, what: 'the worker says that Postgres gives no answer' })
  await mend(network)
  expect((await sending).refused).toBe(0)
  await expectNothingLost(pipeline, burst)
  expect(lines('event.postponed')).toEqual([])
}, 240_000)

test.concurrent(`[O35] [R3] the same of the network to Redis (seed ${seed})`, async () => {
  const burst = burstOfUsers({ users: 50, eventsEach: 10, seed })
  await using database = await createDatabase()
  await using queue = await createQueue('redis')
  await using network = await startProxy(sharedRedisUrl())
  const { log, lines } = captureLog()
  const variables = { ...queue.variables, REDIS_URL: network.url, DATABASE_URL: database.url, JOB_LOCK_MS: '10000' }
  await using pipeline = await startPipeline(variables, log)

  const sending = sendUntilTaken(pipeline, burst)
  await until(() => lines('event.settled').length > 50, { timeoutMs: 20_000, what: 'the burst is under way' })
  network.swallow()
  expect(await sendAgain(pipeline, burst)).toBe(503)
  await until(() => lines('queue.errored').length > 0, { timeoutMs: 90_000, what: 'connections are given up' })
  await mend(network)
  await sending
  await expectNothingLost(pipeline, burst, 120_000)
  await until(async () => (await queue.jobs()).length === 0, { timeoutMs: 60_000, what: 'the queue is empty' })
}, 240_000)

test.concurrent(`[O35] [R3] the same of the network to a queue in Postgres (seed ${seed})`, async () => {
  const burst = burstOfUsers({ users: 20, eventsEach: 10, seed })
  await using database = await createDatabase({ session: true })
  await using network = await startProxy(database.url)
  const { log, lines } = captureLog()
  await using pipeline = await startPipeline({ DATABASE_URL: network.url, JOB_LOCK_MS: '10000' }, log)

  const sending = sendUntilTaken(pipeline, burst)
  await until(() => lines('event.settled').length > 20, { timeoutMs: 20_000, what: 'the burst is under way' })
  network.swallow()
  expect(await sendAgain(pipeline, burst)).toBe(503)
  const isUnready = async () => !(await pipeline.workerReadiness()).ready
  await until(isUnready, { timeoutMs: 90_000, what: 'the worker says that Postgres gives no answer' })
  await mend(network)
  await sending
  await expectNothingLost(pipeline, burst, 120_000)
}, 240_000)

/** It works again, for connections that are made from now on. */
async function mend(network: Network): Promise<void> {
  network.forget()
  await network.restore()
}
