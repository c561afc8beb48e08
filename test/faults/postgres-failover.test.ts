import { captureLog } from '@rollcall/testkit/captured-log'
import { startReplicatedPostgres } from '@rollcall/testkit/postgres-replica'
import { startProxy } from '@rollcall/testkit/proxy'
import { createQueue } from '@rollcall/testkit/queue'
import { runSeed } from '@rollcall/testkit/seed'
import { until } from '@rollcall/testkit/wait'
import { Client } from 'pg'
import { expect, test } from 'vitest'
import { burstOfUsers } from '../burst-of-users.ts'
import { sendAll, startPipeline } from '../pipeline.ts'
import { expectNothingLost } from './nothing-lost.ts'

const seed = runSeed()

test(`[O41] a failover of Postgres, by way of a standby that refuses to write and one that starts up (seed ${seed})`, async () => {
  const burst = burstOfUsers({ users: 60, eventsEach: 10, seed })
  const { primary, replica } = await startReplicatedPostgres()
  await using opened = new AsyncDisposableStack()
  for (const server of [primary, replica]) opened.use(server)
  // The address that stays, as of a managed Postgres, and leads to whichever is taken for the primary.
  await using network = await startProxy(primary.url)
  await using queue = await createQueue('redis')
  const { log, lines } = captureLog()
  await using pipeline = await startPipeline({ ...queue.variables, DATABASE_URL: network.url }, log)
  const says = async (what: RegExp) =>
    until(async () => what.test(JSON.stringify(await pipeline.workerReadiness())), {
      timeoutMs: 30_000,
      what: `the worker says ${what}`,
    })
  const third = Math.ceil(burst.messages.length / 3)
  const send = async (part: number) => {
    const statuses = await sendAll(pipeline, burst.messages.slice(part * third, (part + 1) * third), 16)
    expect(new Set(statuses)).toEqual(new Set([200]))
  }

  const first = send(0)
  await until(() => lines('event.settled').length > 50, { timeoutMs: 20_000, what: 'the burst is under way' })
  network.lead(replica.url)
  await first
  const second = send(1)
  await says(/database_unavailable since .*read-only transaction/)
  await second

  await primary.kill()
  await execute(replica.url, 'alter system set hot_standby = off')
  await replica.stop()
  const starting = replica.start() // which answers once it has been promoted
  await says(/database_unavailable since .*(?:starting up|not accepting connections|not yet accepting)/)
  await replica.promote()
  await starting

  await send(2)
  await expectNothingLost(pipeline, burst)
  const walFile = await pipeline.query<{ name: string }>('select pg_walfile_name(pg_current_wal_lsn()) as name')
  expect(walFile[0]!.name, 'it is another timeline').toMatch(/^00000002/)
  expect(lines('event.postponed')).toEqual([])
})

async function execute(url: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: url })
  await client.connect()
  await client.query(statement)
  await client.end()
}
