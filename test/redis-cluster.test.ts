import { tmpdir } from 'node:os'
import { reconcile } from '@rollcall/cli/commands/reconcile'
import { InstallationConfig } from '@rollcall/cli/installation-config'
import { locateQueue, openQueue } from '@rollcall/queue/open-queue'
import { WEBHOOK_PATH } from '@rollcall/receiver/config'
import { loadConfig } from '@rollcall/shared/config'
import { startBackendApi } from '@rollcall/testkit/clerk/backend-api'
import type { ClerkEvent } from '@rollcall/testkit/clerk/events'
import { createTestMirror, type TestMirror } from '@rollcall/testkit/mirror'
import { type RedisCluster, startRedisCluster } from '@rollcall/testkit/redis-cluster'
import { runSeed } from '@rollcall/testkit/seed'
import { newSecret, post, signedRequest } from '@rollcall/testkit/svix'
import { uniqueName } from '@rollcall/testkit/unique-name'
import { until } from '@rollcall/testkit/wait'
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { burstOfUsers } from './burst-of-users.ts'
import { deliverAll } from './deliver-all.ts'
import { type RunningProcess, startProcess } from './process.ts'
import { runHere } from './run-here.ts'
import { usersThatSignUp } from './users-that-sign-up.ts'

const SHARDS = 8

let cluster: RedisCluster
beforeAll(async () => {
  // Six processes that share a disk, and are killed: no power cut.
  cluster = await startRedisCluster({ masters: 3, replicas: 3, settings: { appendfsync: 'everysec' } })
}, 120_000)
afterAll(() => cluster[Symbol.asyncDispose]())

/** A queue of a test's own on the cluster, with a mirror beside it, and processes as in production. */
async function open(opened: AsyncDisposableStack, more: Readonly<Record<string, string>>) {
  const mirror = opened.use(await createTestMirror())
  const prefix = uniqueName('cluster')
  const secret = newSecret()
  const variables = {
    REDIS_URL: cluster.urls,
    QUEUE_PREFIX: prefix,
    QUEUE_SHARDS: String(SHARDS),
    DATABASE_URL: mirror.databaseUrl,
    ...more,
  }
  const own = { ...variables, CLERK_WEBHOOK_SIGNING_SECRET: secret, PORT: '0' }
  const receiver = opened.use(startProcess('receiver', own))
  const { port, opsPort } = await receiver.untilLogged('receiver.started', 60_000)
  const url = `http://127.0.0.1:${port}${WEBHOOK_PATH}`
  return { mirror, prefix, variables, receiver, opsPort, endpoint: { url, secret } }
}

const startWorker = (opened: AsyncDisposableStack, variables: Readonly<Record<string, string>>): RunningProcess =>
  opened.use(startProcess('worker', variables))

const countEvents = async (mirror: TestMirror): Promise<number> =>
  Number((await sql<{ count: string }>`select count(*) from clerk.webhook_events`.execute(mirror.db)).rows[0]!.count)

const seed = runSeed()

test(`[G1] [G2] [Q30] [Q33] 50,000 events over 8 shards end in the rows of the history, though a master dies on the way (seed ${seed})`, async () => {
  await using opened = new AsyncDisposableStack()
  const { messages, distinct, expected } = burstOfUsers({ users: 5_000, eventsEach: 10, seed })
  expect(distinct).toBe(50_000)
  const { mirror, prefix, variables, endpoint } = await open(opened, { QUEUE_MIN_REPLICAS: '1' })
  startWorker(opened, { ...variables, LOG_LEVEL: 'error' })

  const killed = await cluster.masterFor(`{${prefix}}`)
  const replica = await cluster.replicaOf(killed)
  /** Its replica takes over; what goes there is refused until the other one is back, as the replica of it. */
  async function failOver(): Promise<void> {
    await killed.kill()
    const hasTakenOver = async () => (await cluster.masterFor(`{${prefix}}`)) === replica
    await until(hasTakenOver, { timeoutMs: 60_000, what: 'the replica has taken over' })
    await killed.start()
  }
  let failover: Promise<void> | undefined
  const refusals = await deliverAll(endpoint, messages, {
    concurrency: 128,
    onAnswered: (answered) => {
      if (answered === 20_000) failover = failOver()
    },
  })
  await failover
  expect(refusals.get(503)).toBeGreaterThan(0)

  // All were acknowledged once, and none of them was sent again since.
  const settled = async () => (await countEvents(mirror)) === distinct
  await until(settled, { timeoutMs: 120_000, what: `${distinct} events are settled` })
  const { rows } = await sql`
    select id, first_name, primary_email_address, public_metadata, deleted_at is not null as deleted
    from clerk.users order by id`.execute(mirror.db)
  expect(rows).toEqual(expected)
  await cluster.untilHealthy()
}, 400_000)

test('[Q32] [Q33] with too few replicas what goes to their master is refused, and nothing else, until they are back', async () => {
  await using opened = new AsyncDisposableStack()
  const { mirror, prefix, variables, opsPort, endpoint } = await open(opened, { QUEUE_MIN_REPLICAS: '1' })
  const master = await cluster.masterFor(`{${prefix}}`)
  const replica = (await cluster.replicaOf(master))!
  await replica.kill()

  const { events } = usersThatSignUp(60)
  const first = await Promise.all(events.map((event, i) => statusOf(endpoint, event, `msg_${i}`)))
  expect(new Set(first)).toEqual(new Set([200, 503]))
  const isSaid = async () => {
    const { status, body } = await ask(opsPort, '/readyz')
    return status === 503 && JSON.stringify(body).includes('QUEUE_MIN_REPLICAS is 1')
  }
  await until(isSaid, { timeoutMs: 60_000, what: 'it is said on /readyz' })

  await replica.start()
  await cluster.untilHealthy()
  const messages = events.map(({ body }, i) => ({ body, messageId: `msg_${i}` }))
  await deliverAll(endpoint, messages, { concurrency: 10 })
  startWorker(opened, variables)
  await until(async () => (await countEvents(mirror)) === 60, { timeoutMs: 60_000, what: 'all are settled' })
}, 200_000)

test('[Q33] without it a failover may lose what was acknowledged, and reconcile makes it good', async () => {
  await using opened = new AsyncDisposableStack()
  const { mirror, prefix, variables, endpoint } = await open(opened, {})
  const master = await cluster.masterFor(`{${prefix}}`)
  const replica = (await cluster.replicaOf(master))!

  // The replica misses what comes, and is all that is left of its master then.
  const { instance, events } = usersThatSignUp(60)
  await replica.kill()
  const statuses = await Promise.all(events.map((event, i) => statusOf(endpoint, event, `msg_${i}`)))
  expect(new Set(statuses)).toEqual(new Set([200]))
  await master.kill()
  await replica.start()
  await cluster.untilHealthy()

  startWorker(opened, variables)
  await using clerk = await startBackendApi(instance)
  const run = () =>
    runHere(reconcile, tmpdir(), ['--json'], {
      ...variables,
      CLERK_SECRET_KEY: clerk.secretKey,
      CLERK_API_URL: clerk.url,
    })
  // Whatever was not lost is applied by then.
  const queue = opened.adopt(
    openQueue(locateQueue(loadConfig(InstallationConfig, variables)), () => undefined),
    (queue) => queue.close(),
  )
  const isEmpty = async () => {
    const { waiting, active, delayed } = await queue.counts()
    return waiting + active + delayed === 0
  }
  await until(isEmpty, { timeoutMs: 60_000, what: 'the queue is empty' })
  const lost = events.length - (await countEvents(mirror))
  expect(lost).toBeGreaterThan(0)

  expect(JSON.parse((await run()).stdout)).toMatchObject({ outcome: 'mended', mendedRows: lost })
  const { rows } = await sql<{ id: string }>`select id from clerk.users order by id`.execute(mirror.db)
  expect(rows.map(({ id }) => id)).toEqual(
    instance.users
      .all()
      .map(({ id }) => id)
      .toSorted(),
  )

  await master.start()
  await cluster.untilHealthy()
}, 200_000)

async function statusOf(
  endpoint: { readonly url: string; readonly secret: string },
  event: ClerkEvent,
  messageId: string,
): Promise<number> {
  const body = JSON.stringify(event.body)
  const response = await post(endpoint.url, signedRequest({ secret: endpoint.secret, messageId, body }))
  await response.arrayBuffer()
  return response.status
}

async function ask(port: unknown, path: string) {
  const answer = await fetch(`http://127.0.0.1:${port}${path}`)
  return { status: answer.status, body: await answer.json() }
}
