import { captureLog } from '@rollcall/testkit/captured-log'
import { startPostgresProcess } from '@rollcall/testkit/postgres-process'
import { createQueue } from '@rollcall/testkit/queue'
import { TEST_ROLES } from '@rollcall/testkit/roles'
import { runSeed } from '@rollcall/testkit/seed'
import { until } from '@rollcall/testkit/wait'
import { expect, test } from 'vitest'
import { burstOfUsers } from '../burst-of-users.ts'
import { sendAll, startPipeline } from '../pipeline.ts'
import { expectNothingLost } from './nothing-lost.ts'

const seed = runSeed()

test(`[O42] [D1] a session that is killed in its commit: what was committed is not applied twice (seed ${seed})`, async () => {
  const burst = burstOfUsers({ users: 40, eventsEach: 10, seed })
  await using postgres = await startPostgresProcess({ fsync: 'on' })
  await using queue = await createQueue('redis')
  const { log, lines } = captureLog()
  await using pipeline = await startPipeline({ ...queue.variables, DATABASE_URL: postgres.url }, log)

  const sent = sendAll(pipeline, burst.messages, 16)
  await until(() => lines('event.settled').length > 50, { timeoutMs: 20_000, what: 'the burst is under way' })
  // A commit that is on disk, and waits for a replica that never comes before it says so.
  await pipeline.query("alter system set synchronous_standby_names = 'nobody'")
  await pipeline.query('select pg_reload_conf()')
  const further: Promise<number>[] = []
  const [committing] = await until(
    async () => {
      // It comes into force when it pleases Postgres, and by then the burst may be over.
      const number = further.length
      further.push(pipeline.send({ type: 'email.created', data: { id: `ema_${number}` } }, `msg_further_${number}`))
      const rows = await pipeline.query<{ pid: number }>(
        `select pid from pg_stat_activity where wait_event = 'SyncRep' and usename = '${TEST_ROLES.worker}'`,
      )
      return rows.length > 0 && rows
    },
    { timeoutMs: 20_000, what: 'a commit is under way' },
  )
  process.kill(committing!.pid, 'SIGKILL')
  await until(() => lines('consumption.paused').length > 0, { timeoutMs: 20_000, what: 'all sessions are ended' })
  await until(() => pipeline.query("alter system set synchronous_standby_names = ''"), {
    timeoutMs: 60_000,
    what: 'Postgres has recovered',
  })
  await pipeline.query('select pg_reload_conf()')

  expect(new Set([...(await sent), ...(await Promise.all(further))])).toEqual(new Set([200]))
  await expectNothingLost(pipeline, { ...burst, distinct: burst.distinct + further.length })
  const isOver = async () => (await queue.jobs()).length === 0
  await until(isOver, { timeoutMs: 20_000, what: 'the queue is empty' })
  const again = lines('event.settled').filter(({ outcome }) => outcome === 'duplicate')
  expect(again.length, 'those whose commit was not told').toBeGreaterThan(0)
  expect(lines('event.postponed')).toEqual([])
})
