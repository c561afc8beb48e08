import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { status as statusCommand } from '@rollcall/cli/commands/status'
import { applyBatch } from '@rollcall/mirror/apply'
import { clockSkewMs } from '@rollcall/mirror/clock-skew'
import { locateQueue, openQueue } from '@rollcall/queue/open-queue'
import { migratePostgresQueue } from '@rollcall/queue/postgres-schema'
import { captureLog } from '@rollcall/testkit/captured-log'
import { keepingOf } from '@rollcall/testkit/catalog'
import { startBackendApi } from '@rollcall/testkit/clerk/backend-api'
import { createClerkInstance } from '@rollcall/testkit/clerk/instance'
import { deliveryOf, userBody } from '@rollcall/testkit/deliveries'
import { createTestMirror, type TestMirror } from '@rollcall/testkit/mirror'
import { BACKENDS, createQueue } from '@rollcall/testkit/queue'
import { sharedRedisUrl } from '@rollcall/testkit/redis'
import { testPort } from '@rollcall/testkit/test-port'
import { uniqueName } from '@rollcall/testkit/unique-name'
import { sql } from 'kysely'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ALL_PASSED, AT_REST, diagnose as diagnoseIn } from './diagnose.ts'
import { startPipeline } from './pipeline.ts'
import { runHere } from './run-here.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rollcall-test-silence-'))
})
afterEach(() => rm(folder, { recursive: true }))

const diagnose = (variables: Record<string, string>) => diagnoseIn(folder, variables)

const HOUR = 3_600_000

/** Where nobody listens. */
const nowhere = async () => `http://127.0.0.1:${await testPort()}`

/** A Clerk with some users, the first of whom was created so long ago. */
async function startClerk(users: number, agoMs = 2 * HOUR) {
  let now = Date.now() - agoMs
  const instance = createClerkInstance({ now: () => now++ })
  const ids = Array.from({ length: users }, () => instance.createUser().id)
  const server = await startBackendApi(instance)
  return {
    ids,
    server,
    variables: { CLERK_SECRET_KEY: server.secretKey, CLERK_API_URL: server.url },
    [Symbol.asyncDispose]: () => server.close(),
  }
}

const tell = (mirror: TestMirror, ids: readonly string[], receivedAt = Date.now()) =>
  applyBatch(
    mirror,
    ids.map((id) => {
      const body = userBody({ type: 'user.created', id, occurredAt: receivedAt })
      return { delivery: deliveryOf(body, { receivedAt }), attempts: 1 }
    }),
    keepingOf(mirror.catalog),
  )

const variablesOf = (mirror: TestMirror) => ({
  DATABASE_URL: mirror.databaseUrl,
  REDIS_URL: sharedRedisUrl(),
  QUEUE_PREFIX: uniqueName('rollcall_test'),
})

test.each(BACKENDS)('[C8] [C11] [C12] all is well where everything runs, with the queue in %s', async (backend) => {
  await using mirror = await createTestMirror({ session: backend === 'postgres' })
  await using queue = await createQueue(backend)
  await using clerk = await startClerk(2)
  const variables = { ...queue.variables, DATABASE_URL: mirror.databaseUrl, ...clerk.variables }
  await using pipeline = await startPipeline(variables, captureLog().log)
  for (const id of clerk.ids) {
    await pipeline.send(userBody({ type: 'user.created', id, occurredAt: Date.now() }), `msg_${id}`)
  }
  await pipeline.untilSettled(2, 30_000)

  const { code, statuses, messages } = await diagnose(variables)
  expect({ code, statuses }).toEqual({ code: 0, statuses: ALL_PASSED })
  expect(messages.processes).toBe('1 receiver and 1 worker are connected to this queue.')
  expect(messages.clerk).toContain('CLERK_SECRET_KEY is a development key, of the instance ins_test.')
  expect(messages.users).toBe('The mirror has as many users as Clerk: 2.')
})

test('[C11] a receiver and a worker that do not meet are told where each is', async () => {
  await using mirror = await createTestMirror()
  await tell(mirror, ['user_1'])
  const variables = variablesOf(mirror)
  await using opened = new AsyncDisposableStack()
  const connect = async (
    over: { REDIS_URL?: string | undefined; QUEUE_PREFIX?: string },
    role: 'receiver' | 'worker',
  ) => {
    const { REDIS_URL, ...rest } = { ...variables, ...over }
    const config = { ...rest, REDIS_URL: REDIS_URL?.split(','), DATABASE_SCHEMA: 'clerk', DATABASE_POOL_SIZE: 1 }
    const queue = openQueue(locateQueue(config), (error) => expect.unreachable(error.message), role)
    opened.defer(() => queue.close())
    await queue.check()
  }
  await connect({}, 'receiver')
  const prefix = uniqueName('rollcall_test')
  await connect({ QUEUE_PREFIX: prefix }, 'worker')

  const apart = await diagnose(variables)
  expect(apart).toMatchObject({ code: 1, statuses: { ...AT_REST, processes: 'failed' } })
  expect(apart.messages.processes).toMatch(
    /^1 receiver is connected to this queue and no worker, so what comes waits\./,
  )
  expect(apart.messages.processes).toContain(`1 worker at QUEUE_PREFIX=${prefix}`)
  const seenByWorker = await diagnose({ ...variables, QUEUE_PREFIX: prefix })
  expect(seenByWorker).toMatchObject({ code: 0, statuses: { ...AT_REST, processes: 'warned' } })
  expect(seenByWorker.messages.processes).toMatch(/^1 worker is connected to this queue and no receiver/)
})

test('[C11] a key that is refused, a Clerk that is away or silent, and another instance are told apart', async () => {
  await using mirror = await createTestMirror()
  await using clerk = await startClerk(1)
  await tell(mirror, clerk.ids)
  const variables = { ...variablesOf(mirror), ...clerk.variables }

  const refused = await diagnose({ ...variables, CLERK_SECRET_KEY: 'sk_test_hidden' })
  expect(refused).toMatchObject({ code: 1, statuses: { ...AT_REST, clerk: 'failed' } })
  expect(refused.messages.clerk).toContain('Copy the key again from the dashboard')
  const away = await diagnose({ ...variables, CLERK_API_URL: await nowhere() })
  expect(away).toMatchObject({ code: 0, statuses: { ...AT_REST, clerk: 'warned' } })
  expect(away.messages.clerk).toMatch(/cannot be reached \(ECONNREFUSED\)\. .* webhooks do not\.$/)
  const foreign = await diagnose({ ...variables, CLERK_INSTANCE_ID: 'ins_b' })
  expect(foreign.statuses).toEqual({ ...AT_REST, clerk: 'failed', instances: 'warned' })
  expect(foreign.messages.clerk).toContain('of the instance ins_test, and CLERK_INSTANCE_ID names ins_b.')
  const malformed = await diagnose({ ...variables, CLERK_SECRET_KEY: 'pk_test_hidden' })
  expect(malformed.statuses).toEqual({ ...AT_REST, variables: 'failed' })
  expect(malformed.messages.variables).toContain('CLERK_SECRET_KEY: must be a secret key')
  expect(malformed.messages.clerk).toBe('Cannot be told before variables passes.')

  clerk.server.answerNext({ with: 'hang', times: 1_000 })
  const silent = await diagnose(variables)
  expect(silent).toMatchObject({ code: 0, statuses: { ...AT_REST, clerk: 'warned' } })
  expect(silent.messages.clerk).toContain('does not answer within 5 s.')
  expect(JSON.stringify([refused, away, foreign, malformed, silent])).not.toMatch(/hidden|sk_test_\w/)
})

test('[C12] users that nothing told of prove that webhooks were missed; a quiet instance is warned of', async () => {
  await using mirror = await createTestMirror()
  await using clerk = await startClerk(3)
  const variables = { ...variablesOf(mirror), ...clerk.variables }
  await tell(mirror, clerk.ids.slice(0, 1), Date.now() - 26 * HOUR)

  const missed = await diagnose(variables)
  const known = { ...AT_REST, clerk: 'passed' }
  expect(missed).toMatchObject({ code: 1, statuses: { ...known, users: 'warned', silence: 'failed' } })
  expect(missed.messages.silence).toMatch(/the last one came 1 d 2 h ago, and 3 users were created at Clerk since\./)
  expect(missed.messages.users).toMatch(/^Clerk has 3 users, and the mirror 1\./)

  await tell(mirror, clerk.ids, Date.now() - HOUR)
  const mended = await diagnose(variables)
  expect(mended).toMatchObject({ code: 0, statuses: { ...known, users: 'passed', silence: 'passed' } })

  await sql`update clerk.webhook_events set received_at = received_at - interval '6 days'`.execute(mirror.db)
  const keyless = await diagnose({ ...variables, CLERK_SECRET_KEY: '' })
  expect(keyless).toMatchObject({ code: 0, statuses: { ...AT_REST, silence: 'warned' } })
  expect(keyless.messages.silence).toMatch(/^No webhook has come for 6 d 1 h\. Svix switches off an endpoint/)
})

test.each(BACKENDS)(
  '[C11] what the role may not do is told with the statement that lets it, with the queue in %s',
  async (backend) => {
    await using mirror = await createTestMirror({ session: backend === 'postgres' })
    if (backend === 'postgres')
      await migratePostgresQueue({ databaseUrl: mirror.databaseUrl, schema: 'clerk', poolSize: 1 })
    const role = uniqueName('reader')
    await sql`create role ${sql.id(role)} login password 'hidden'`.execute(mirror.db)
    try {
      const url = Object.assign(new URL(mirror.databaseUrl), { username: role, password: 'hidden' }).href
      const { REDIS_URL, ...rest } = variablesOf(mirror)
      const variables = { ...rest, ...(backend === 'redis' && { REDIS_URL }), DATABASE_URL: url }
      const grantsFor = async () => (await diagnose(variables)).messages.grants!
      /** The statement that `doctor` names, which is run as it stands. */
      const runAdvice = async () => {
        const advice = /Let its owner run: (.*;)$/.exec(await grantsFor())![1]!
        await sql.raw(advice).execute(mirror.db)
      }
      expect(await grantsFor()).toMatch(/ may not use the schema clerk\./)
      await runAdvice()
      expect(await grantsFor()).toMatch(
        / lacks in the schema clerk: select, insert, update, delete on audit_log, backfills, \w+ and \d+ more\. /,
      )
      await runAdvice()
      if (backend === 'postgres') {
        expect(await grantsFor()).toMatch(/ may not use the schema clerk_queue\./)
        await runAdvice()
        expect(await grantsFor()).toMatch(/ lacks in the schema clerk_queue: .*usage on /)
        await runAdvice()
      }
      expect(await grantsFor()).toBe(`The role ${role} may read and write the schema clerk.`)

      await sql`delete from clerk.migrations where id like 'user/%'`.execute(mirror.db)
      expect(await grantsFor()).toMatch(/^Migrations are due, and the role \w+ may not create tables\./)
    } finally {
      await sql`drop owned by ${sql.id(role)}`.execute(mirror.db)
      await sql`drop role ${sql.id(role)}`.execute(mirror.db)
    }
  },
)

test('[C11] Postgres’s clock is told whatever the way to it takes', async () => {
  await using mirror = await createTestMirror({ poolSize: 1 })
  expect(Math.abs(await clockSkewMs(mirror.db, Date.now))).toBeLessThan(1_000)
  expect(await clockSkewMs(mirror.db, () => Date.now() - 60_000)).toBeCloseTo(60_000, -4)
})

test('[Z4] `status` tells when the last webhook came, how many users there are here and at Clerk, and how the last runs ended', async () => {
  await using mirror = await createTestMirror()
  await using clerk = await startClerk(3)
  const variables = { ...variablesOf(mirror), ...clerk.variables }
  const keyless = { CLERK_SECRET_KEY: '' }
  const status = async (over: Record<string, string> = {}, ...words: string[]) => {
    const { code, stdout, stderr } = await runHere(statusCommand, folder, words, { ...variables, ...over })
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    return stdout
  }
  expect(await status(keyless)).toMatch(/\nCLERK\nlast webhook +none yet\n\nNo event has been settled yet\.\n$/)

  const receivedAt = Date.now() - 2 * HOUR
  await tell(mirror, clerk.ids.slice(0, 2), receivedAt)
  await sql`
    insert into clerk.reconcile_runs (started_at, finished_at, started_by, dry_run, instance_id, outcome, drifted_rows, mended_rows)
    values (now() - interval '3 hours', now() - interval '2 hours', 'schedule', false, 'ins_test', 'mended', 3, 3),
           (now(), null, 'schedule', false, 'ins_test', null, 0, 0)`.execute(mirror.db)
  await sql`
    insert into clerk.backfills (resources, instance_id, updated_at)
    values ('{user}', 'ins_test', now() - interval '1 day')`.execute(mirror.db)
  expect(await status()).toMatch(
    new RegExp(
      [
        'CLERK',
        'last webhook {4}2 h.* ago',
        'users {11}2 here, 3 at Clerk',
        'last reconcile {2}2 h.* ago, rows that differed: 3, mended: 3',
        'last backfill {3}not finished, its last page was written 1 d.* ago',
      ].join('\n'),
    ),
  )
  expect(JSON.parse(await status({}, '--json'))).toMatchObject({
    queue: { backend: 'redis', waiting: 0 },
    outcomes: { applied: 2 },
    lastWebhookAt: new Date(receivedAt).toISOString(),
    users: { mirror: 2, clerk: 3 },
    lastReconcile: { outcome: 'mended', driftedRows: 3, mendedRows: 3, isDryRun: false },
    lastBackfill: { resources: ['user'], finishedAt: null },
  })
  const away = await status({ CLERK_API_URL: await nowhere() })
  expect(away).toMatch(/\nusers +Clerk's Backend API at http:\/\/127\.0\.0\.1:\d+ does not answer: .*ECONNREFUSED/)
})
