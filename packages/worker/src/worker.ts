import { type Mirror, openMirror } from '@rollcall/mirror/database'
import { listMigrations } from '@rollcall/mirror/migrations'
import { fromPostgres } from '@rollcall/mirror/postgres-errors'
import { requireSchema } from '@rollcall/mirror/schema-state'
import { errorLog } from '@rollcall/shared/error-log'
import type { Logger } from '@rollcall/shared/log'
import { startOpsServer } from '@rollcall/shared/ops-server'
import { JOB_OPTIONS } from '@rollcall/shared/queue/names'
import { locateQueue, openQueue, type QueueLocation } from '@rollcall/shared/queue/open-queue'
import { requirePostgresQueue } from '@rollcall/shared/queue/postgres-schema'
import { type Check, failed } from '@rollcall/shared/readiness'
import { type Breaker, createBreaker, Stopping } from './breaker.ts'
import type { Config } from './config.ts'
import { type Consumer, startConsumer } from './consumer.ts'
import { createProcessor } from './process-job.ts'
import { createSettle } from './settle.ts'

export interface RunningWorker extends AsyncDisposable {
  readonly opsPort: number
}

/**
 * Starts the worker. It consumes as soon as Postgres is there with a schema that fits, and says on `/readyz` what it
 * waits for until then.
 */
export async function startWorker(config: Config, log: Logger): Promise<RunningWorker> {
  await using opened = new AsyncDisposableStack()
  const stop = new AbortController()
  const location = locateQueue(config)

  const mirror = openMirror({
    databaseUrl: config.DATABASE_URL,
    schema: config.DATABASE_SCHEMA,
    poolSize: config.DATABASE_POOL_SIZE,
    onError: errorLog(log, 'database.errored'),
  })
  opened.defer(() => mirror.close())
  const onQueueError = errorLog(log, 'queue.errored')
  const queue = openQueue(location, onQueueError)
  opened.defer(() => queue.close())

  let consumer: Consumer | undefined
  const breaker = createBreaker({
    probe: await createProbe(mirror, location),
    stop: stop.signal,
    now: Date.now,
    onOpen(error) {
      log[error.disposition === 'halt' ? 'error' : 'warn']({ error }, 'consumption.paused')
      void consumer?.pause()
    },
    onClose(outageMs) {
      log.info({ outageMs }, 'consumption.resumed')
      void consumer?.resume()
    },
  })

  const ops = await startOpsServer({
    port: config.OPS_PORT,
    checks: { database: () => (consumer ? breaker.check() : beforeConsuming(breaker)), queue: () => queue.check() },
  })
  opened.defer(() => ops.close())

  const consuming = consumeOncePossible(config, location, mirror, breaker, log, onQueueError).then((started) => {
    consumer = started
  })
  opened.defer(async () => {
    stop.abort()
    await consuming
    await consumer?.close()
  })

  log.info({ opsPort: ops.port, backend: location.backend, batchSize: config.BATCH_SIZE }, 'worker.started')
  const open = opened.move()
  return { opsPort: ops.port, [Symbol.asyncDispose]: () => open.disposeAsync() }
}

/** Until the first probe has passed nobody knows whether Postgres takes anything. */
function beforeConsuming(breaker: Breaker): Check {
  const check = breaker.check()
  return check.status === 'failed' ? check : failed('asking Postgres for its schema')
}

/** Nothing if told to stop before it was possible. */
async function consumeOncePossible(
  config: Config,
  location: QueueLocation,
  mirror: Mirror,
  breaker: Breaker,
  log: Logger,
  onQueueError: (error: Error) => void,
): Promise<Consumer | undefined> {
  try {
    await breaker.suspect()
    await breaker.passage()
  } catch (error) {
    if (error instanceof Stopping) return undefined
    throw error
  }
  const settle = createSettle(mirror, breaker, {
    allowedInstances: config.CLERK_INSTANCE_ID,
    bodies: config.EVENT_BODIES,
    batchSize: config.BATCH_SIZE,
    batchesInFlight: config.BATCHES_IN_FLIGHT,
    maxAttempts: JOB_OPTIONS.attempts,
  })
  return startConsumer({
    location,
    process: createProcessor(settle, log, Date.now),
    concurrency: concurrencyOf(config, location),
    lockMs: config.JOB_LOCK_MS,
    onError(error) {
      onQueueError(error)
      // A queue in Postgres goes away with the mirror; BullMQ would ask it again without a pause.
      if (location.backend === 'postgres') void breaker.suspect()
    },
  })
}

/**
 * Postgres claims and completes jobs one by one, so that more in hand only wait for each other, and may lose their locks
 * while they do: 5,000 events took 4.1 s with 1,500 in hand and 3.1 s with 90.
 */
const MOST_ON_POSTGRES = 100

/** How many jobs are in hand: one batch more than can be in flight, so that the next one fills while they are written. */
function concurrencyOf(config: Config, location: QueueLocation): number {
  const wanted = config.BATCH_SIZE * (config.BATCHES_IN_FLIGHT + 1)
  return location.backend === 'postgres' ? Math.min(wanted, MOST_ON_POSTGRES) : wanted
}

/** Whether the worker could write now: Postgres answers, and its schemas fit. */
async function createProbe(mirror: Mirror, location: QueueLocation): Promise<() => Promise<void>> {
  const migrations = await listMigrations()
  return async () => {
    try {
      await requireSchema(mirror, migrations)
      if (location.backend === 'postgres') await requirePostgresQueue(location)
    } catch (error) {
      throw fromPostgres(error)
    }
  }
}
