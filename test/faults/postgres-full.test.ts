import { captureLog } from '@rollcall/testkit/captured-log'
import { createQueue } from '@rollcall/testkit/queue'
import { runSeed } from '@rollcall/testkit/seed'
import { until } from '@rollcall/testkit/wait'
import { Client } from 'pg'
import { expect, test } from 'vitest'
import { burstOfUsers } from '../burst-of-users.ts'
import { sendAll, startPipeline } from '../pipeline.ts'
import { startFillablePostgres } from './full-postgres.ts'
import { expectNothingLost } from './nothing-lost.ts'

const seed = runSeed()

test(`[O43] a full disk of Postgres, so that it writes nothing, and so that it cannot go on at all (seed ${seed})`, async () => {
  const burst = burstOfUsers({ users: 60, eventsEach: 5, seed })
  await using postgres = await startFillablePostgres()
  await using queue = await createQueue('redis')
  const { log, lines } = captureLog()
  await using pipeline = await startPipeline({ ...queue.variables, DATABASE_URL: postgres.url }, log)
  const half = burst.messages.length >> 1
  const send = async (from: number, to: number) =>
    expect(new Set(await sendAll(pipeline, burst.messages.slice(from, to), 16))).toEqual(new Set([200]))
  const untilSaid = (sqlState: string) =>
    until(() => lines('consumption.paused').some((line) => JSON.stringify(line).includes(`"code":"${sqlState}"`)), {
      timeoutMs: 60_000,
      what: `the worker says ${sqlState}: ${JSON.stringify(lines('consumption.paused'))}`,
    })

  await postgres.fill()
  await send(0, half)
  await untilSaid('53100')
  const isUnready = async () => !(await pipeline.workerReadiness()).ready
  await until(isUnready, { timeoutMs: 20_000, what: 'the worker says that it is not ready' })
  await postgres.empty()
  await pipeline.untilSettled(1, 60_000)

  const sending = send(half, burst.messages.length)
  if (postgres.withLog) {
    await postgres.fill()
    await fillLog(postgres.url)
    await postgres.empty()
    await postgres.revive()
  }
  await sending
  await expectNothingLost(pipeline, burst)
  expect(lines('event.postponed')).toEqual([])
})

/** Begins segments of the log until there is no room for one, which is a PANIC that ends all sessions. */
async function fillLog(url: string): Promise<void> {
  const client = new Client({ connectionString: url })
  client.on('error', () => undefined)
  await client.connect()
  const isAlive = () =>
    client.query("select pg_logical_emit_message(false, 'rollcall', 'filling'), pg_switch_wal()").then(
      () => true,
      () => false,
    )
  await until(async () => !(await isAlive()), { timeoutMs: 60_000, what: 'the log cannot be written' })
  await expect(client.query('select'), 'the session has ended').rejects.toThrow()
  await client.end().catch(() => undefined)
}
