import { captureLog } from '@rollcall/testkit/captured-log'
import { startOwnPostgres } from '@rollcall/testkit/own-postgres'
import { createQueue } from '@rollcall/testkit/queue'
import { runSeed } from '@rollcall/testkit/seed'
import { until } from '@rollcall/testkit/wait'
import { Client } from 'pg'
import { expect, test } from 'vitest'
import { burstOfUsers } from '../burst-of-users.ts'
import { type Pipeline, sendAll, startPipeline } from '../pipeline.ts'
import { takeTime } from '../take-time.ts'
import { expectNothingLost } from './nothing-lost.ts'

const seed = runSeed()

/** What a write takes on a disk that is busy, and what somebody thought was enough for everything. */
const WRITE_SECONDS = 0.6
const LIMIT = "'300ms'"

/** Each is set while a burst is under way, and taken back once it has been in the way for several tries. */
const LIMITS = [
  { setting: 'statement_timeout', code: 'database_unavailable' },
  { setting: 'transaction_timeout', code: 'database_unavailable' },
  { setting: 'lock_timeout', code: 'database_busy' },
] as const

/** After how many pauses it is certain that they grow: 0.1, 0.2 and 0.4 s, of which a success in between cuts one. */
const PAUSES = 4
const LEAST_MS = 300

test(`[O39] what Postgres cuts short by its settings is no event's fault, and is tried at pauses that grow (seed ${seed})`, async () => {
  const burst = burstOfUsers({ users: 20, eventsEach: 5, seed })
  await using postgres = await startOwnPostgres({ fsync: 'off' })
  await using queue = await createQueue('redis')
  const { log, lines } = captureLog()
  await using pipeline = await startPipeline({ ...queue.variables, DATABASE_URL: postgres.url }, log)
  await pipeline.query(takeTime(WRITE_SECONDS))
  const somebody = new Client({ connectionString: postgres.url })
  await somebody.connect()
  try {
    const share = Math.ceil(burst.messages.length / LIMITS.length)
    for (const [i, { setting, code }] of LIMITS.entries()) {
      const pausesBefore = lines('consumption.paused').length
      const pauses = () => lines('consumption.paused').slice(pausesBefore)
      if (setting === 'lock_timeout') await somebody.query('begin; lock table clerk.users in share mode')
      await set(pipeline, setting, LIMIT)

      const sent = await sendAll(pipeline, burst.messages.slice(i * share, (i + 1) * share), 16)
      expect(new Set(sent)).toEqual(new Set([200]))
      await until(() => pauses().length >= PAUSES, { timeoutMs: 60_000, what: `${setting} is in the way` })
      const [first, last] = [pauses()[0]!, pauses()[PAUSES - 1]!].map(({ time }) => Date.parse(String(time)))
      expect(last! - first!, setting).toBeGreaterThan(LEAST_MS)
      expect(pauses()).toMatchObject(pauses().map(() => ({ error: { code } })))

      await set(pipeline, setting, 'default')
      if (setting === 'lock_timeout') await somebody.query('rollback')
      const isOver = () => lines('consumption.resumed').length === lines('consumption.paused').length
      await until(isOver, { timeoutMs: 20_000, what: `${setting} is out of the way` })
    }
    await expectNothingLost(pipeline, burst)
    expect(lines('event.postponed')).toEqual([])
  } finally {
    await somebody.end()
  }
})

test(`[O36] an idle_in_transaction_session_timeout that is too short does not matter to the worker (seed ${seed})`, async () => {
  const burst = burstOfUsers({ users: 60, eventsEach: 5, seed })
  await using postgres = await startOwnPostgres({ fsync: 'off' })
  await using queue = await createQueue('redis')
  const { log, lines } = captureLog()
  await using pipeline = await startPipeline({ ...queue.variables, DATABASE_URL: postgres.url }, log)
  await set(pipeline, 'idle_in_transaction_session_timeout', "'1ms'")
  await sendAll(pipeline, burst.messages, 16)
  await expectNothingLost(pipeline, burst)
  expect([lines('consumption.paused'), lines('database.errored')]).toEqual([[], []])
})

/** For every session, also those that are open. */
async function set(pipeline: Pipeline, setting: string, value: string): Promise<void> {
  await pipeline.query(`alter system set ${setting} = ${value}`)
  await pipeline.query('select pg_reload_conf()')
}
