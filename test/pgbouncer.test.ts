import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { oneAtATime } from '@rollcall/clerk/one-at-a-time'
import { openMirror } from '@rollcall/mirror/database'
import { forgetSeen, noteSeen } from '@rollcall/mirror/unseen-rows'
import { captureLog } from '@rollcall/testkit/captured-log'
import { userBody } from '@rollcall/testkit/deliveries'
import { startOwnPostgres } from '@rollcall/testkit/own-postgres'
import { type PgBouncer, startPgBouncer } from '@rollcall/testkit/pgbouncer'
import { createDatabase } from '@rollcall/testkit/postgres'
import { createQueue } from '@rollcall/testkit/queue'
import { TEST_PASSWORD, TEST_ROLES } from '@rollcall/testkit/roles'
import { uniqueName } from '@rollcall/testkit/unique-name'
import { until } from '@rollcall/testkit/wait'
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { diagnose } from './diagnose.ts'
import { startPipeline } from './pipeline.ts'
import { startProcess } from './process.ts'
import { rollcall } from './rollcall.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rollcall-test-pgbouncer-'))
})
afterAll(() => rm(folder, { recursive: true }))

/** In front of the shared Postgres. So few connections behind it that those who take turns meet each other's. */
const startPooler = (
  settings: Readonly<Record<string, string>> = {},
  postgresUrl = inject('pooler')?.postgresUrl ?? inject('databaseUrl'),
): Promise<PgBouncer> =>
  startPgBouncer({
    directory: join(inject('testRun').directory, uniqueName('pgbouncer')),
    postgresUrl,
    poolMode: 'transaction',
    users: Object.fromEntries(Object.values(TEST_ROLES).map((role) => [role, TEST_PASSWORD])),
    settings: { default_pool_size: '3', ...settings },
  })

const through = (pooler: PgBouncer, databaseUrl: string) =>
  Object.assign(new URL(pooler.url), { pathname: new URL(databaseUrl).pathname }).href

test('[I40] one run at a time holds behind a pooler that gives each transaction another session', async () => {
  await using pooler = await startPooler()
  await using database = await createDatabase({ session: true })
  const open = () =>
    openMirror({
      databaseUrl: through(pooler, database.url),
      schema: 'clerk',
      poolSize: 2,
      onError: () => undefined,
    })
  const [one, other] = [open(), open()]
  try {
    await oneAtATime(one, async (reserved) => {
      await forgetSeen(reserved)
      // Whoever asks meanwhile is given other sessions, and none of what this one has.
      for (const ids of [['user_1'], ['user_2']]) {
        await noteSeen(reserved, ids)
        await Promise.all([one, other].map(({ db }) => sql`select pg_sleep(0.01)`.execute(db)))
        await expect(oneAtATime(other, async () => expect.unreachable())).rejects.toMatchObject({
          code: 'run_under_way',
        })
      }
      const { rows } = await sql`select id from rollcall_seen order by id`.execute(reserved)
      expect(rows).toEqual([{ id: 'user_1' }, { id: 'user_2' }])
    })
    await expect(
      oneAtATime(other, async (reserved) => {
        await forgetSeen(reserved)
        throw new Error('stopped')
      }),
    ).rejects.toThrow('stopped')
    expect(await oneAtATime(one, async () => 'free again')).toBe('free again')
  } finally {
    await one.close()
    await other.close()
  }
})

test('[I40] migrated through it and asked through it, doctor finds nothing wrong', async () => {
  await using pooler = await startPooler()
  await using database = await createDatabase({ session: true })
  await using queue = await createQueue('redis')
  const variables = { ...queue.variables, DATABASE_URL: through(pooler, database.url) }
  expect(await rollcall(folder, ['migrate'], variables)).toMatchObject({ code: 0, stderr: '' })
  const { statuses } = await diagnose(folder, variables)
  expect(Object.entries(statuses).filter(([, status]) => status === 'failed')).toEqual([])
  await database.drop() // the pooler's own connections stay for a while
})

test('[O1] Postgres away behind a pooler that stays: once queries wait no longer that is said, and afterwards all is applied', async () => {
  await using postgres = await startOwnPostgres()
  // As docs/postgres.md recommends, but for the size; and it looks again at once whether Postgres is back.
  await using pooler = await startPooler({ query_wait_timeout: '3', server_login_retry: '1' }, postgres.url)
  await using queue = await createQueue('redis')
  await using pipeline = await startPipeline({ ...queue.variables, DATABASE_URL: pooler.url }, captureLog().log)
  const send = async (id: string) => {
    const body = userBody({ type: 'user.created', id, occurredAt: 1_000, updatedAt: 1_000, fields: {} })
    expect(await pipeline.send(body, `msg_${id}`)).toBe(200)
  }
  await send('user_1')
  await pipeline.untilSettled(1, 60_000)
  await postgres.kill()
  await send('user_2')
  const isReady = async () => (await pipeline.workerReadiness()).ready
  await until(async () => !(await isReady()), { timeoutMs: 60_000, what: 'the worker says that it waits' })
  await postgres.start()
  await until(isReady, { timeoutMs: 60_000, what: 'the worker is ready again' })
  await send('user_3')
  const applied = async () =>
    await pipeline.query<{ id: string; attempts: number }>('select id, attempts from clerk.webhook_events order by id')
  await until(async () => (await applied()).length === 3, { timeoutMs: 60_000, what: 'all is applied' })
  expect((await applied()).map(({ attempts }) => attempts)).toEqual([1, 1, 1])
})

// The parameter by which BullMQ finds its tables is refused, or taken and forgotten.
test.each([{}, { ignore_startup_parameters: 'options' }])(
  '[I46] a queue in Postgres behind a pooler is refused by whoever would use it (%o)',
  async (settings) => {
    await using pooler = await startPooler(settings)
    await using database = await createDatabase({ session: true })
    const sentence = 'The queue in Postgres needs a session of its own, and DATABASE_URL leads to a pooler'
    const direct = { DATABASE_URL: database.url }
    const pooled = { DATABASE_URL: through(pooler, database.url) }

    expect(await rollcall(folder, ['migrate'], pooled)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(sentence),
    })
    expect(await rollcall(folder, ['migrate'], direct)).toMatchObject({ code: 0 })
    const { statuses, messages } = await diagnose(folder, pooled)
    expect(statuses).toMatchObject({ postgres: 'passed', queue: 'failed' })
    expect(messages.queue).toContain(sentence)

    await using worker = startProcess('worker', pooled)
    const { opsPort } = await worker.untilLogged('worker.started', 60_000)
    const isSaid = async () => (await (await fetch(`http://127.0.0.1:${opsPort}/readyz`)).text()).includes(sentence)
    await until(isSaid, { timeoutMs: 20_000, what: 'it is said on /readyz' })
    expect(await worker.end('SIGTERM')).toBe(0)
    await database.drop()
  },
)
