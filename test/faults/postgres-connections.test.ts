import { pause } from '@rollcall/shared/deadline'
import { captureLog } from '@rollcall/testkit/captured-log'
import { startOwnPostgres } from '@rollcall/testkit/own-postgres'
import { BACKENDS, createQueue } from '@rollcall/testkit/queue'
import { TEST_ROLES } from '@rollcall/testkit/roles'
import { runSeed } from '@rollcall/testkit/seed'
import { until } from '@rollcall/testkit/wait'
import { Client } from 'pg'
import { expect, test } from 'vitest'
import { burstOfUsers } from '../burst-of-users.ts'
import { startPipeline } from '../pipeline.ts'
import { expectNothingLost } from './nothing-lost.ts'
import { sendAgain, sendUntilTaken } from './persevering-sender.ts'

/** Of which Postgres keeps three for superusers; for what Rollcall opens there is room to spare. */
const MAX_CONNECTIONS = 40
/** As soon as one is free. */
const TAKE_MS = 20
/** Looks in a row: a connection that is being made takes one of the slots for a moment, and has no name yet. */
const LOOKS_WITHOUT_US = 10

const POOL = { DATABASE_POOL_SIZE: '4' }

const seed = runSeed()

test.each(BACKENDS)(
  `[O40] a Postgres without a free connection, with the queue on %s, costs nothing but time (seed ${seed})`,
  async (backend) => {
    const burst = burstOfUsers({ users: 40, eventsEach: 10, seed })
    await using postgres = await startOwnPostgres({ fsync: 'off', max_connections: String(MAX_CONNECTIONS) })
    await using queue = backend === 'redis' ? await createQueue('redis') : undefined
    const { log, lines } = captureLog()
    await using pipeline = await startPipeline({ ...queue?.variables, ...POOL, DATABASE_URL: postgres.url }, log)

    const sending = sendUntilTaken(pipeline, burst)
    await until(() => lines('event.settled').length > 50, { timeoutMs: 30_000, what: 'the burst is under way' })
    {
      await using others = await crowd(postgres.url)
      await others.complete
      expect(await sendAgain(pipeline, burst)).toBe(backend === 'postgres' ? 503 : 200)
      const says = async () => JSON.stringify(await pipeline.workerReadiness())
      await until(async () => /database_unavailable since .*connection slots/.test(await says()), {
        timeoutMs: 30_000,
        what: 'the worker says what Postgres says',
      })
    }
    await sending
    await expectNothingLost(pipeline, burst)
    expect(lines('event.postponed')).toEqual([])
  },
)

interface Crowd extends AsyncDisposable {
  /** Resolves when they have a connection each, and Rollcall has none. */
  readonly complete: Promise<void>
}

/** Others, with roles of little rights as somebody's app has, who take whichever connection is free, until they are disposed of. */
async function crowd(url: string): Promise<Crowd> {
  const admin = new Client({ connectionString: url })
  await admin.connect()
  await admin.query("create role other_app login password 'other'")
  const others: Client[] = [admin]
  const stop = new AbortController()
  const complete = Promise.withResolvers<void>()

  async function connectOthers(): Promise<void> {
    let fullFor = 0
    while (!stop.signal.aborted) {
      const other = await connectAsOther(url)
      if (other) others.push(other)
      const { rowCount } = await admin.query(
        'select pg_terminate_backend(pid) from pg_stat_activity where usename = $1',
        [TEST_ROLES.worker],
      )
      fullFor = !other && rowCount === 0 ? fullFor + 1 : 0
      if (fullFor === LOOKS_WITHOUT_US) complete.resolve()
      if (!other) await pause(TAKE_MS, stop.signal)
    }
  }
  const connecting = connectOthers()
  return {
    complete: complete.promise,
    async [Symbol.asyncDispose]() {
      stop.abort()
      await connecting
      await Promise.all(others.map((other) => other.end()))
    },
  }
}

async function connectAsOther(url: string): Promise<Client | undefined> {
  const as = { username: 'other_app', password: 'other' }
  const other = new Client({ connectionString: Object.assign(new URL(url), as).href })
  other.on('error', () => undefined)
  return other.connect().then(
    () => other,
    () => undefined,
  )
}
