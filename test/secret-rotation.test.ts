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

const DELIVERIES_A_STEP = 400

test('[R35] a signing secret is changed under load as Clerk has it, with a second endpoint: no delivery is refused, no event is there twice', async () => {
  await using bench = await createBench('redis')
  await using balancer = await startBalancer()
  await using running = new AsyncDisposableStack()
  const [old, next] = [newSecret(), newSecret()]

  async function startReceiver(...secrets: readonly string[]): Promise<RunningProcess> {
    const receiver = running.use(
      startProcess('receiver', {
        ...bench.queue.variables,
        CLERK_WEBHOOK_SIGNING_SECRET: secrets.join(' '),
        PORT: '0',
        SHUTDOWN_DRAIN_MS: String(DRAIN_MS),
      }),
    )
    const { port, opsPort } = await receiver.untilLogged('receiver.started')
    const readyUrl = `http://127.0.0.1:${opsPort}/readyz`
    balancer.add({ url: `http://127.0.0.1:${port}`, readyUrl })
    await until(async () => (await fetch(readyUrl)).ok, { timeoutMs: 60_000, what: 'the receiver is ready' })
    return receiver
  }
  const worker = running.use(startProcess('worker', bench.variables))
  await worker.untilLogged('worker.started')
  const receivers: RunningProcess[] = await Promise.all([startReceiver(old), startReceiver(old)])
  await until(async () => (await fetch(balancer.url)).status === 404, { timeoutMs: 60_000, what: 'the balancer knows' })

  let endpoints: readonly string[] = [old]
  const load = startLoad(`${balancer.url}/api/webhooks`, () => endpoints)
  const underLoad = async () => {
    const least = load.deliveries + DELIVERIES_A_STEP
    await until(() => load.deliveries >= least, { timeoutMs: 120_000, what: 'deliveries go on' })
  }
  const restartWith = async (...secrets: readonly string[]) => {
    for (const receiver of receivers.splice(0, 2)) {
      const ended = receiver.end('SIGTERM')
      receivers.push(await startReceiver(...secrets))
      expect(await ended).toBe(0)
    }
  }

  await underLoad()
  await restartWith(old, next)
  endpoints = [old, next] // the second endpoint is made
  await underLoad()
  endpoints = [next] // the first one is deleted
  await underLoad()
  await restartWith(next)
  await underLoad()
  const { refused, newest } = await load.over()
  console.log(`${load.deliveries} deliveries of ${load.sent.size} events while the secret was changed`)

  expect(refused).toEqual([])
  expect(load.deliveries, 'both endpoints delivered').toBeGreaterThan(load.sent.size)
  await until(async () => (await bench.queue.jobs()).length === 0, { timeoutMs: 120_000, what: 'the queue is empty' })
  const { db } = bench.mirror
  const ledger = await db.selectFrom('webhook_events').select(['id', 'outcome']).execute()
  expect(ledger).toHaveLength(load.sent.size)
  expect(new Set(ledger.map(({ id }) => id))).toEqual(load.sent)
  expect(ledger.filter(({ outcome }) => outcome === 'failed')).toEqual([])
  const users = await sql<{ id: string; first_name: string }>`select id, first_name from clerk.users`.execute(db)
  expect(new Map(users.rows.map(({ id, first_name }) => [id, first_name]))).toEqual(newest)

  // The old secret opens nothing any more.
  endpoints = [old]
  const late = startLoad(`${balancer.url}/api/webhooks`, () => endpoints)
  await until(() => late.deliveries > 0, { timeoutMs: 60_000, what: 'the deleted endpoint delivers' })
  const { refused: refusedLate } = await late.over()
  expect(refusedLate).toHaveLength(late.deliveries)
  expect(refusedLate[0]).toContain('400')
}, 400_000)
