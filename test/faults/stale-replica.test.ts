import { tmpdir } from 'node:os'
import { reconcile } from '@rollcall/cli/commands/reconcile'
import { createRedis } from '@rollcall/queue/redis-client'
import { captureLog } from '@rollcall/testkit/captured-log'
import { startBackendApi } from '@rollcall/testkit/clerk/backend-api'
import { createTestMirror } from '@rollcall/testkit/mirror'
import { seeQueue } from '@rollcall/testkit/queue'
import { startRedisProcess } from '@rollcall/testkit/redis-process'
import { settingsOf } from '@rollcall/testkit/settings'
import { until } from '@rollcall/testkit/wait'
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { sendAll, startPipeline } from '../pipeline.ts'
import { runHere } from '../run-here.ts'
import { usersThatSignUp } from '../users-that-sign-up.ts'

const USERS = 60
const PASSED_ON = 40

/** So that some are applied before the failover, some are in hand, and some wait. */
const FEW_IN_HAND = { BATCH_SIZE: '5', BATCHES_IN_FLIGHT: '1', JOB_LOCK_MS: '2000' }

const NEW = { type: 'email.created', data: { id: 'ema_1' } }

const key = (name: string) => `{rollcall}:webhooks:${name}`

test('[Q62] a replica without the last writes takes over: what it has again is settled once, what it lacks is lost, the rest goes on', async () => {
  await using opened = new AsyncDisposableStack()
  const open = (url: string) =>
    opened.adopt(
      createRedis([url], () => undefined),
      (client) => client.disconnect(),
    )
  const master = opened.use(await startRedisProcess())
  const replica = opened.use(await startRedisProcess({ replicaof: `127.0.0.1 ${master.port}` }))
  const [ofMaster, ofReplica] = [open(master.url), open(replica.url)]
  const mirror = opened.use(await createTestMirror())
  const queue = seeQueue({ REDIS_URL: master.url })
  const { instance, events } = usersThatSignUp(USERS)
  const clerk = opened.use(await startBackendApi(instance))
  const variables = {
    ...queue.variables,
    DATABASE_URL: mirror.databaseUrl,
    CLERK_SECRET_KEY: clerk.secretKey,
    CLERK_API_URL: clerk.url,
  }
  const handled: string[] = []
  const settings = settingsOf({
    handlers: {
      'user.created': (event) => void handled.push(event.data.id),
    },
  })
  const pipeline = opened.use(await startPipeline({ ...variables, ...FEW_IN_HAND }, captureLog().log, settings))
  const messages = events.map(({ body }, i) => ({ body, messageId: `msg_${i}` }))

  await mirror.db.transaction().execute(async (transaction) => {
    await sql`lock table clerk.users in exclusive mode`.execute(transaction)
    expect(new Set(await sendAll(pipeline, messages.slice(0, PASSED_ON), 10))).toEqual(new Set([200]))
    const waiting = async () =>
      (await ofReplica.llen(key('active'))) + (await ofReplica.llen(key('wait'))) === PASSED_ON
    await until(waiting, { timeoutMs: 30_000, what: 'the replica has them all' })
    // From here on it is told nothing: neither what is applied, nor what comes.
    await ofReplica.replicaof('NO', 'ONE')
  })
  await pipeline.untilSettled(PASSED_ON, 30_000)
  await until(async () => (await queue.jobs()).length === 0, { timeoutMs: 30_000, what: 'the queue is empty' })
  await mirror.db.transaction().execute(async (transaction) => {
    await sql`lock table clerk.users in exclusive mode`.execute(transaction)
    expect(new Set(await sendAll(pipeline, messages.slice(PASSED_ON), 10))).toEqual(new Set([200]))
    const isHeld = async () => (await ofMaster.llen(key('active'))) > 0
    await until(isHeld, { timeoutMs: 30_000, what: 'some are in hand' })
    await master.kill()
    // Its address moves to the other, as a virtual one or a name does.
    await ofReplica.config('SET', 'port', String(master.port))
  })

  const isTaken = async () => (await pipeline.send(NEW, 'msg_new')) === 200
  await until(isTaken, { timeoutMs: 60_000, what: 'events are taken again' })
  const isSettled = async () =>
    (await pipeline.query("select from clerk.webhook_events where id = 'msg_new'")).length === 1
  await until(isSettled, { timeoutMs: 60_000, what: 'what comes is settled' })
  await until(async () => (await queue.jobs()).length === 0, { timeoutMs: 60_000, what: 'the queue is empty' })
  const users = await pipeline.query<{ id: string }>('select id from clerk.users')
  const lost = USERS - users.length
  expect(lost).toBeGreaterThan(0)
  expect(await pipeline.query('select distinct attempts from clerk.webhook_events')).toEqual([{ attempts: 1 }])
  const [again] = await pipeline.query('select count(*)::integer from clerk.webhook_events where duplicates > 0')
  expect(again).toEqual({ count: PASSED_ON })
  await until(() => handled.length >= users.length, { timeoutMs: 30_000, what: 'all have been handled' })
  expect(handled.toSorted()).toEqual(users.map(({ id }) => id).toSorted())

  const run = async (...words: string[]) =>
    JSON.parse((await runHere(reconcile, tmpdir(), ['--json', ...words], variables)).stdout)
  expect(await run('--dry-run')).toMatchObject({ outcome: 'drifted', driftedRows: lost, mendedRows: 0 })
  expect(await run()).toMatchObject({ outcome: 'mended', mendedRows: lost })
})
