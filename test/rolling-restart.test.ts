import { startBalancer } from '@rollcall/testkit/balancer'
import { newSecret } from '@rollcall/testkit/svix'
import { until } from '@rollcall/testkit/wait'
import { createBench } from '@rollcall/worker/test-worker'
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { startLoad } from './load-of-users.ts'
import { type RunningProcess, startProcess } from './process.ts'

/** Much more than the balancer takes to look, on a machine that has much else to do. */
const DRAIN_MS = 6_000

test('[S2] all receivers and workers are restarted one after the other under load: nothing is refused, nothing lost', async () => {
  await using bench = await createBench('redis')
  await using balancer = await startBalancer()
  await using running = new AsyncDisposableStack()
  const secret = newSecret()
  const start = {
    async receiver(): Promise<RunningProcess> {
      const variables = { ...bench.queue.variables, CLERK_WEBHOOK_SIGNING_SECRET: secret, PORT: '0' }
      const receiver = running.use(startProcess('receiver', { ...variables, SHUTDOWN_DRAIN_MS: String(DRAIN_MS) }))
      const { port, opsPort } = await receiver.untilLogged('receiver.started')
      balancer.add({ url: `http://127.0.0.1:${port}`, readyUrl: readyUrl(opsPort) })
      await untilReady(readyUrl(opsPort))
      return receiver
    },
    async worker(): Promise<RunningProcess> {
      const worker = running.use(startProcess('worker', bench.variables))
      const { opsPort } = await worker.untilLogged('worker.started')
      await untilReady(readyUrl(opsPort))
      return worker
    },
  }
  const roles = ['receiver', 'worker', 'receiver', 'worker'] as const
  const processes = await Promise.all(roles.map((role) => start[role]()))
  await until(async () => (await fetch(balancer.url)).status === 404, { timeoutMs: 60_000, what: 'the balancer knows' })

  const load = startLoad(`${balancer.url}/api/webhooks`, () => [secret])
  for (const [i, role] of roles.entries()) {
    const before = load.sent.size
    expect(await processes[i]!.end('SIGTERM')).toBe(0)
    await start[role]()
    expect(load.sent.size, 'it was under load').toBeGreaterThan(before)
  }
  const { refused, newest } = await load.over()
  console.log(`${load.sent.size} events came while all four processes were restarted`)
  expect(refused).toEqual([])

  await until(async () => (await bench.queue.jobs()).length === 0, { timeoutMs: 120_000, what: 'the queue is empty' })
  const ledger = await bench.mirror.db.selectFrom('webhook_events').select(['id', 'outcome', 'attempts']).execute()
  expect(new Set(ledger.map(({ id }) => id))).toEqual(load.sent)
  expect(ledger.filter(({ outcome, attempts }) => outcome === 'failed' || attempts !== 1)).toEqual([])
  const users = await sql<{ id: string; first_name: string }>`select id, first_name from clerk.users`.execute(
    bench.mirror.db,
  )
  expect(new Map(users.rows.map(({ id, first_name }) => [id, first_name]))).toEqual(newest)
}, 400_000)

const readyUrl = (opsPort: unknown) => `http://127.0.0.1:${opsPort}/readyz`

const untilReady = (url: string) =>
  until(async () => (await fetch(url)).ok, { timeoutMs: 60_000, what: `${url} answers that it is ready` })
