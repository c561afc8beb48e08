import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { captureLog } from '@rollcall/testkit/captured-log'
import { deliveryOf, userBody } from '@rollcall/testkit/deliveries'
import { TEST_ROLES } from '@rollcall/testkit/roles'
import { until } from '@rollcall/testkit/wait'
import { createBench, ledgerOf, type TestBench } from '@rollcall/worker/test-worker'
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { startProcess } from '../process.ts'

const T0 = 1_764_000_000_000

const created = (id: string) =>
  deliveryOf(userBody({ type: 'user.created', id, occurredAt: T0, updatedAt: T0 }), { messageId: `msg_${id}` })

/** Where handlers write, as an app's own table. */
async function createWelcomes({ mirror }: TestBench): Promise<void> {
  await sql`create table public.welcomes (user_id text)`.execute(mirror.db)
  await sql`grant select, insert on public.welcomes to ${sql.id(TEST_ROLES.worker)}`.execute(mirror.db)
}

const welcomesOf = async ({ mirror }: TestBench) =>
  (await sql`select user_id from public.welcomes order by 1`.execute(mirror.db)).rows

const untilHandled = (bench: TestBench, ids: readonly string[]) =>
  until(
    async () => {
      const { rows } = await sql<{ id: string }>`
        select id from clerk.webhook_events where handling = 'handled'`.execute(bench.mirror.db)
      return ids.every((id) => rows.some((row) => row.id === `msg_${id}`))
    },
    { timeoutMs: 60_000, what: `${ids} are handled` },
  )

test('[H5] a handler whose statement never ends is given up with it, and holds up neither others nor the mirror', async () => {
  await using bench = await createBench('redis')
  await createWelcomes(bench)
  let tries = 0
  await using _worker = await bench.startWorker(
    captureLog().log,
    { HANDLER_TIMEOUT_MS: '3000', HANDLERS_IN_FLIGHT: '2' },
    {
      handlers: {
        async 'user.created'(event, { transaction }) {
          await sql`insert into welcomes values (${event.data.id})`.execute(transaction)
          if (event.data.id === 'user_slow' && ++tries === 1) await sql`select pg_sleep(3600)`.execute(transaction)
        },
      },
    },
  )
  await bench.add([created('user_slow'), created('user_1'), created('user_2')])
  await ledgerOf(bench.mirror, 3)
  await untilHandled(bench, ['user_1', 'user_2', 'user_slow'])
  expect(tries).toBe(2)
  expect(await welcomesOf(bench)).toEqual(['user_1', 'user_2', 'user_slow'].map((user_id) => ({ user_id })))
})

test('[O21] one that no worker has lived to see the end of is failed after ten times, and does not run again', async () => {
  await using bench = await createBench('redis')
  const handlers = { 'user.created': () => Promise.reject(new Error('it is told in another test')) }
  {
    await using _worker = await bench.startWorker(captureLog().log, {}, { handlers })
    await bench.add([created('user_slow')])
    const isTried = async () => (await ledgerOf(bench.mirror, 1))[0]!.handler_error !== null
    await until(isTried, { timeoutMs: 30_000, what: 'it has been tried' })
  }
  // As it is when the tenth worker has been killed by it.
  await sql`update clerk.webhook_events set handler_attempts = 10, handle_at = now()`.execute(bench.mirror.db)
  let runs = 0
  await using _worker = await bench.startWorker(
    captureLog().log,
    {},
    { handlers: { 'user.created': () => void runs++ } },
  )
  const handling = async () => (await ledgerOf(bench.mirror, 1))[0]!.handling
  await until(async () => (await handling()) !== 'waiting', { timeoutMs: 30_000, what: 'it waits no longer' })
  expect(await handling()).toBe('failed')
  expect(runs).toBe(0)
})

/**
 * Writes, and then, the first time that it runs, never lets go of its thread. It needs nothing but what Node has: a file
 * below the system's temporary folder finds no packages.
 */
const CONFIG = (mark: string) => `
import { existsSync, writeFileSync } from 'node:fs'
export default {
  handlers: {
    async 'user.created'(event, { transaction }) {
      await transaction.insertInto('welcomes').values({ user_id: event.data.id }).execute()
      if (event.data.id !== 'user_slow' || existsSync(${JSON.stringify(mark)})) return
      writeFileSync(${JSON.stringify(mark)}, 'begun')
      for (;;);
    },
  },
}
`

test('[O21] a handler that never lets go of its thread costs its worker: another settles and handles all that it had', async () => {
  await using bench = await createBench('redis')
  await createWelcomes(bench)
  await using opened = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'rollcall-test-handler-'))
  opened.defer(() => rm(folder, { recursive: true }))
  const variables = {
    ...bench.variables,
    ROLLCALL_CONFIG: join(folder, 'rollcall.config.ts'),
    HANDLER_TIMEOUT_MS: '500',
    JOB_LOCK_MS: '1000',
  }
  await writeFile(variables.ROLLCALL_CONFIG, CONFIG(join(folder, 'begun')))
  opened.use(startProcess('worker', variables))
  await bench.add([created('user_slow')])
  const isBegun = async () =>
    existsSync(join(folder, 'begun')) && (await ledgerOf(bench.mirror, 1))[0]!.handler_attempts === 1
  await until(isBegun, { timeoutMs: 60_000, what: 'the handler is under way' })

  const other = opened.use(startProcess('worker', variables))
  await other.untilLogged('worker.started')
  await bench.add([created('user_1'), created('user_2')])
  await ledgerOf(bench.mirror, 3)
  await untilHandled(bench, ['user_1', 'user_2'])
  // Its own transaction is still open in Postgres, and nobody is there to end it.
  await untilHandled(bench, ['user_slow'])
  expect(await welcomesOf(bench)).toEqual(['user_1', 'user_2', 'user_slow'].map((user_id) => ({ user_id })))
})
