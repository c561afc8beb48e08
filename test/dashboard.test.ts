import { applyBatch } from '@rollcall/mirror/apply'
import { createRedis } from '@rollcall/queue/redis-client'
import { captureLog } from '@rollcall/testkit/captured-log'
import { keepingOf } from '@rollcall/testkit/catalog'
import { startBackendApi } from '@rollcall/testkit/clerk/backend-api'
import { createClerkInstance } from '@rollcall/testkit/clerk/instance'
import { deliveryOf, userBody } from '@rollcall/testkit/deliveries'
import { ensurePrometheus } from '@rollcall/testkit/install-prometheus'
import { createTestMirror, type TestMirror } from '@rollcall/testkit/mirror'
import { startOwnRedis } from '@rollcall/testkit/own-redis'
import { type Prometheus, startPrometheus } from '@rollcall/testkit/prometheus'
import { settingsOf } from '@rollcall/testkit/settings'
import { newSecret, post, signedRequest } from '@rollcall/testkit/svix'
import { until } from '@rollcall/testkit/wait'
import { sql } from 'kysely'
import { beforeAll, expect, test } from 'vitest'
import { ALERT_RULES, pathOf, type Shown, shownExpressions } from './observability-files.ts'
import { type Pipeline, startPipeline } from './pipeline.ts'

beforeAll(ensurePrometheus, 600_000)

/** Whatever is waited for here comes within seconds, some of it within the fifteen after which processes look again. */
const PATIENCE_MS = 60_000

const settings = settingsOf({
  handlers: {
    'user.created': () => Promise.resolve(),
    'user.updated': () => Promise.reject(new Error('broken')),
  },
})

test('[P23] no panel of the dashboard is empty, and no alert asks for what is not there', {
  timeout: 300_000,
}, async () => {
  await using mirror = await createTestMirror()
  await using redis = await startOwnRedis({ maxmemory: '512mb' })
  await using clerk = await startClerk()
  await tellOfThePast(mirror)
  await using pipeline = await startPipeline(
    { DATABASE_URL: mirror.databaseUrl, REDIS_URL: redis.url, ...clerk.variables },
    captureLog().log,
    settings,
  )
  const { receiver, worker } = pipeline.opsPorts
  const from = new Date()
  await using prometheus = await startPrometheus({
    targets: { receiver: `127.0.0.1:${receiver}`, worker: `127.0.0.1:${worker}` },
    ruleFile: pathOf(ALERT_RULES),
  })
  const untilSum = (expression: string, least: number) =>
    until(async () => (await prometheus.sum(expression)) >= least, { timeoutMs: PATIENCE_MS, what: expression })

  // Twice, each seen by Prometheus: a rate is between two values of a series.
  await untilSum('rollcall_build_info', 2)
  await sendOfEachKind(pipeline, 'first')
  await untilSum('rollcall_events_settled_total', 5)
  await loseAndMendTable(mirror, pipeline, () => untilSum('rollcall_event_attempts_failed_total', 1))
  await fillAndEmptyRedis(redis.url, pipeline, () => untilSum('rollcall_webhooks_total{status="503"}', 1))
  await sendOfEachKind(pipeline, 'second')
  await untilSum('rollcall_events_settled_total{outcome="failed"}', 2)
  await untilSum('rollcall_queue_connected_processes{role="worker"}', 1)
  await untilSum('rollcall_users', 1)

  await untilNoneEmpty(prometheus, from, shownExpressions('10s'))
  await untilWell(prometheus)
  const rules = await prometheus.rules()
  expect(rules.filter(({ health }) => health !== 'ok')).toEqual([])
  const selectors = rules.flatMap(({ name, query }) =>
    selectorsOf(query).map((expression) => ({ panel: name, expression })),
  )
  await untilNoneEmpty(prometheus, from, selectors)
  for (const name of ['RollcallFailures', 'RollcallQueueUnavailable', 'RollcallWebhooksRefused'])
    await untilSum(`count_over_time(ALERTS{alertname="${name}"}[5m])`, 1)
})

/** A Clerk with a user whom no webhook told of. */
async function startClerk() {
  const instance = createClerkInstance({ now: Date.now })
  instance.createUser()
  const server = await startBackendApi(instance)
  return {
    variables: { CLERK_SECRET_KEY: server.secretKey, CLERK_API_URL: server.url },
    [Symbol.asyncDispose]: () => server.close(),
  }
}

/** A failed event, and a reconcile of each outcome: the worker reads of them when it starts, and then now and then. */
async function tellOfThePast(mirror: TestMirror): Promise<void> {
  const delivery = deliveryOf({ object: 'event', type: 'user.created', data: {} }, { receivedAt: Date.now() })
  await applyBatch(mirror, [{ delivery, attempts: 1 }], keepingOf(mirror.catalog))
  await sql`
    insert into clerk.reconcile_runs (started_by, dry_run, instance_id, finished_at, outcome, error, mended_rows, drift)
    select 'schedule', false, 'ins_test', now(), outcome, case outcome when 'failed' then 'unexpected: ' end, 1,
           '{"user": {"missing": 1}}'
    from unnest(array['failed', 'drifted', 'agreed', 'mended']) as outcome`.execute(mirror.db)
}

/** Applied with a handler that works, stale with one that throws, ignored, failed, a late one; and as many that do not verify. */
async function sendOfEachKind({ send, url }: Pipeline, round: string): Promise<void> {
  const now = Date.now()
  const of = (type: 'user.created' | 'user.updated', updatedAt: number) =>
    userBody({ type, id: `user_${round}`, occurredAt: updatedAt, updatedAt })
  const bodies = [
    of('user.created', now),
    of('user.updated', now - 1_000),
    { object: 'event', type: 'session.created', timestamp: now, instance_id: 'ins_test', data: { id: 'sess_1' } },
    { object: 'event', type: 'user.created', timestamp: now, instance_id: 'ins_test', data: {} },
    of('user.updated', now - 2_000),
  ]
  for (const [i, body] of bodies.entries()) expect(await send(body, `msg_${round}_${i}`)).toBe(200)
  for (let i = 0; i < bodies.length; i++)
    expect((await post(url, signedRequest({ secret: newSecret(), body: '{}' }))).status).toBe(400)
}

/** A table that is gone for a while: what is taken up meanwhile is taken up again. */
async function loseAndMendTable(mirror: TestMirror, pipeline: Pipeline, seen: () => Promise<unknown>): Promise<void> {
  await sql`alter table clerk.users rename to users_away`.execute(mirror.db)
  await pipeline.send(userBody({ type: 'user.created', id: 'user_late', occurredAt: Date.now() }), 'msg_late')
  await seen()
  await sql`alter table clerk.users_away rename to users`.execute(mirror.db)
}

/** A Redis that has no room for a while: senders are told to come back. */
async function fillAndEmptyRedis(url: string, pipeline: Pipeline, seen: () => Promise<unknown>): Promise<void> {
  const client = createRedis([url], (error) => expect.unreachable(error.message))
  let sent = 0
  const untilAnswered = (status: number) =>
    until(async () => (await pipeline.send({}, `msg_room_${sent++}`)) === status, {
      timeoutMs: PATIENCE_MS,
      what: `a webhook is answered ${status}`,
    })
  try {
    await client.call('CONFIG', 'SET', 'maxmemory', '1')
    await untilAnswered(503)
    await seen()
    await untilAnswered(503)
    await client.call('CONFIG', 'SET', 'maxmemory', '512mb')
    await untilAnswered(200)
  } finally {
    client.disconnect()
  }
}

/** What a rule asks for, without what it makes of it: the rule itself is empty while all is well. */
const selectorsOf = (query: string): readonly string[] =>
  [...query.matchAll(/\b(?:rollcall_\w+|up)\b(?:\{[^}]*\})?/g)].map(([selector]) => selector)

/** Resolves when no alert is begun of those that would be by a name that is not there, or by a process that is missing. */
const untilWell = (prometheus: Prometheus) =>
  until(
    async () => {
      const wrong = ['NoWorker', 'NoReceiver', 'TargetDown', 'Unseen', 'DatabaseUnavailable', 'BacklogOld']
      const begun = (await prometheus.rules()).filter(({ state }) => state !== 'inactive').map(({ name }) => name)
      return wrong.every((name) => !begun.includes(`Rollcall${name}`))
    },
    { timeoutMs: PATIENCE_MS, what: 'processes and database are well' },
  )

/** Resolves when each has had a value since then. What is computed of two scrapes may come a little later than the second. */
async function untilNoneEmpty(prometheus: Prometheus, from: Date, asked: readonly Shown[]): Promise<void> {
  const noneEmpty = async () => {
    const empty: string[] = []
    for (const { panel, expression } of asked) {
      const values = (await prometheus.since(from, expression)).flatMap((series) => series.values)
      if (!values.some(Number.isFinite)) empty.push(`${panel}: ${expression}`)
    }
    expect(empty).toEqual([])
    return true
  }
  await until(noneEmpty, { timeoutMs: PATIENCE_MS, what: 'everything that is asked for has a value' })
}
