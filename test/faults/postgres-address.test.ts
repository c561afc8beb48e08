import { captureLog } from '@rollcall/testkit/captured-log'
import { deliveryOf, userBody } from '@rollcall/testkit/deliveries'
import { startOwnPostgres } from '@rollcall/testkit/own-postgres'
import { createQueue } from '@rollcall/testkit/queue'
import { TEST_PASSWORD, TEST_ROLES } from '@rollcall/testkit/roles'
import { runSeed } from '@rollcall/testkit/seed'
import { until } from '@rollcall/testkit/wait'
import { createBench, ledgerOf } from '@rollcall/worker/test-worker'
import { expect, test } from 'vitest'
import { burstOfUsers } from '../burst-of-users.ts'
import { sendAll, startPipeline } from '../pipeline.ts'
import { startProcess } from '../process.ts'
import { expectNothingLost } from './nothing-lost.ts'
import { createOwnHosts } from './own-hosts.ts'

const seed = runSeed()

/** Nobody's, for ever (RFC 6761): an answer comes at once. */
const NAME = 'database.invalid'

test('[O44] a host that no name server knows yet is looked for until one does', async () => {
  await using bench = await createBench('redis')
  await using hosts = await createOwnHosts()
  const url = Object.assign(new URL(bench.variables.DATABASE_URL!), { hostname: NAME })
  // Where certificates are asked for, theirs are for another name.
  if (url.searchParams.has('sslmode')) url.searchParams.set('sslmode', 'no-verify')
  const variables = { ...bench.variables, ...hosts.variables, DATABASE_URL: url.href }
  await bench.add([deliveryOf(userBody({ type: 'user.created', id: 'user_1', occurredAt: 1_764_000_000_000 }))])

  await using worker = startProcess('worker', variables, hosts.through)
  expect(await worker.untilLogged('consumption.paused')).toMatchObject({
    level: 'warn',
    error: { code: 'database_unavailable', message: expect.stringMatching(/getaddrinfo|timeout/) },
  })
  await hosts.give(NAME)
  expect(await ledgerOf(bench.mirror, 1, 60_000)).toMatchObject([{ outcome: 'applied', attempts: 1 }])
  expect(await worker.end('SIGTERM')).toBe(0)
})

test(`[O45] [F5] a password that was changed stops the worker until one of both is mended, and costs nothing (seed ${seed})`, async () => {
  const burst = burstOfUsers({ users: 40, eventsEach: 5, seed })
  await using postgres = await startOwnPostgres({ fsync: 'off' })
  await using queue = await createQueue('redis')
  const { log, lines } = captureLog()
  await using pipeline = await startPipeline({ ...queue.variables, DATABASE_URL: postgres.url }, log)
  const change = async (password: string) => {
    await pipeline.query(`alter role ${TEST_ROLES.worker} password '${password}'`)
    // Whoever is connected stays so; what changes passwords mostly ends them, or a restart does.
    await pipeline.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where usename = '${TEST_ROLES.worker}'`,
    )
  }
  const refusals = () => lines('consumption.paused').filter(({ level }) => level === 'error')

  const third = Math.ceil(burst.messages.length / 3)
  const send = async (part: number) => {
    const statuses = await sendAll(pipeline, burst.messages.slice(part * third, (part + 1) * third), 16)
    expect(new Set(statuses)).toEqual(new Set([200]))
  }
  await send(0)
  await change('rotated')
  await send(1)
  await until(() => refusals().length > 0, { timeoutMs: 20_000, what: 'the worker says that its password is wrong' })
  expect(refusals()[0]).toMatchObject({ error: { code: 'permission_denied', cause: { code: '28P01' } } })

  // One that was started anew, with the new one, works; the old one takes nothing more, and keeps what it has in hand.
  const url = Object.assign(new URL(postgres.url), { username: TEST_ROLES.worker, password: 'rotated' }).href
  await using restarted = startProcess('worker', { ...queue.variables, DATABASE_URL: url })
  await send(2)
  await restarted.untilLogged('event.settled')
  expect(await restarted.end('SIGTERM')).toBe(0)

  await change(TEST_PASSWORD)
  await expectNothingLost(pipeline, burst)
  expect(lines('event.postponed')).toEqual([])
})
