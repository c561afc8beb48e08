import { setTimeout as sleep } from 'node:timers/promises'
import { captureLog } from '@rollcall/testkit/captured-log'
import { startOwnPostgres } from '@rollcall/testkit/own-postgres'
import { createQueue } from '@rollcall/testkit/queue'
import { runSeed } from '@rollcall/testkit/seed'
import { until } from '@rollcall/testkit/wait'
import { expect, test } from 'vitest'
import { burstOfUsers } from './burst-of-users.ts'
import { mirroredUsers, sendAll, startPipeline } from './pipeline.ts'

/** As long as the outage that Rollcall promises to sit out in its README; longer ones differ in nothing. */
const OUTAGE_MS = 30_000

const seed = runSeed()

test(`[O1] Postgres stopped for 30 s in the middle of a burst: nothing is lost, no attempt is spent (seed ${seed})`, async () => {
  const { messages, distinct, expected } = burstOfUsers({ users: 200, eventsEach: 10, seed })
  await using postgres = await startOwnPostgres()
  await using queue = await createQueue('redis')
  const { log, lines } = captureLog()
  await using pipeline = await startPipeline({ ...queue.variables, DATABASE_URL: postgres.url }, log)

  const half = messages.length >> 1
  const first = sendAll(pipeline, messages.slice(0, half), 32)
  await until(() => lines('event.settled').length > 200, { timeoutMs: 20_000, what: 'the burst is under way' })
  await postgres.stop()
  const isUnready = async () => !(await pipeline.workerReadiness()).ready
  const outage = sleep(OUTAGE_MS)
  const second = sendAll(pipeline, messages.slice(half), 32)
  await until(isUnready, { timeoutMs: 20_000, what: 'the worker says that it is not ready' })

  // The receiver needs Redis alone: the spike goes on being taken while the database is away.
  expect(new Set([...(await first), ...(await second)])).toEqual(new Set([200]))
  await outage
  expect(lines('consumption.resumed')).toEqual([])
  await postgres.start()

  await pipeline.untilSettled(distinct, 60_000)
  expect(await mirroredUsers(pipeline)).toEqual(expected)
  expect(await pipeline.query('select distinct attempts from clerk.webhook_events')).toEqual([{ attempts: 1 }])
  expect(await pipeline.query("select id from clerk.webhook_events where outcome = 'failed'")).toEqual([])
  await until(async () => !(await isUnready()), { timeoutMs: 20_000, what: 'the worker is ready again' })
  expect(lines('event.postponed')).toEqual([])
  await until(async () => (await queue.jobs()).length === 0, { timeoutMs: 20_000, what: 'the queue is empty' })
}, 150_000)
