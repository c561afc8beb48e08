import { type Mirror, openMirror } from '@rollcall/mirror/database'
import { listMigrations } from '@rollcall/mirror/migrations'
import { fromPostgres } from '@rollcall/mirror/postgres-errors'
import { requireSchema } from '@rollcall/mirror/schema-state'
import { locateQueue, openQueue, type QueueLocation } from '@rollcall/queue/open-queue'
import { requirePostgresQueue } from '@rollcall/queue/postgres-schema'
import type { Catalog } from '@rollcall/resources/catalog'
import { errorLog } from '@rollcall/shared/error-log'
import type { Logger } from '@rollcall/shared/log'
import { startOpsServer } from '@rollcall/shared/ops-server'
import { SILENCE_MS } from '@rollcall/shared/postgres-silence'
import { type Check, failed } from '@rollcall/shared/readiness'
import { openTracing } from '@rollcall/tracing/open-tracing'
import { type Breaker, createBreaker, Stopping } from './breaker.ts'
import type { WorkerConfig } from './config.ts'
import { tellDatabase } from './database-metrics.ts'
import { createMetrics } from './metrics.ts'
import { startWork, type Work } from './work.ts'

export interface RunningWorker extends AsyncDisposable {
  readonly opsPort: number
}

/**
 * Starts the worker. It consumes as soon as Postgres is there with a schema that fits, and says on `/readyz` what it
 * waits for until then.
 */
export async function startWorker(config: WorkerConfig, log: Logger): Promise<RunningWorker> {
  await using opened = new AsyncDisposableStack()
  const stop = new AbortController()
  const location = locateQueue(config)

  const tracing = await openTracing(config, 'worker', log)
  opened.defer(() => tracing?.close())

  const onDatabaseError = errorLog(log, 'database.errored')
  const open = (poolSize: number, silenceMs: number) => {
    const { DATABASE_URL: databaseUrl, DATABASE_SCHEMA: schema } = config
    const mirror = openMirror({ databaseUrl, schema, poolSize, onError: onDatabaseError, silenceMs })
    opened.defer(() => mirror.close())
    return mirror
  }
  const mirror = open(config.DATABASE_POOL_SIZE, SILENCE_MS)
  const onQueueError = errorLog(log, 'queue.errored')
  const queue = openQueue(location, onQueueError, 'worker')
  opened.defer(() => queue.close())

  const metrics = createMetrics()
  let work: Work | undefined
  const breaker = createBreaker({
    probe: await createProbe(mirror, config.settings.catalog, location),
    stop: stop.signal,
    now: Date.now,
    onOpen(error) {
      log[error.disposition === 'halt' ? 'error' : 'warn']({ error }, 'consumption.paused')
      work?.consumer.pause()
    },
    onClose(outageMs) {
      log.info({ outageMs }, 'consumption.resumed')
      work?.consumer.resume()
    },
  })

  // A handler may ask nothing, or wait for one answer, for all the time that it has.
  const handlerSilenceMs = config.HANDLER_TIMEOUT_MS + SILENCE_MS
  const handlerMirror =
    config.settings.handlers.size > 0 ? open(config.HANDLERS_IN_FLIGHT, handlerSilenceMs) : undefined
  const checkDatabase = () => (work ? breaker.check() : beforeConsuming(breaker))
  tellDatabase(metrics, checkDatabase, {
    mirror: mirror.poolUse,
    ...(handlerMirror && { handlers: handlerMirror.poolUse }),
  })

  const ops = await startOpsServer({
    port: config.OPS_PORT,
    checks: { database: checkDatabase, queue: () => queue.check() },
    metrics,
  })
  opened.defer(() => ops.close())

  const starting = onceConsumable(breaker, () =>
    startWork({
      config,
      location,
      mirror,
      handlerMirror,
      queue,
      breaker,
      metrics,
      tracing,
      log,
      onDatabaseError,
      onQueueError,
    }),
  ).then((started) => {
    work = started
  })
  opened.defer(async () => {
    stop.abort()
    await starting
    await work?.close()
  })

  log.info({ opsPort: ops.port, backend: location.backend, batchSize: config.BATCH_SIZE }, 'worker.started')
  const everything = opened.move()
  return { opsPort: ops.port, [Symbol.asyncDispose]: () => everything.disposeAsync() }
}

/** Until the first probe has passed nobody knows whether Postgres takes anything. */
function beforeConsuming(breaker: Breaker): Check {
  const check = breaker.check()
  return check.status === 'failed' ? check : failed('asking Postgres for its schema')
}

/** Nothing if told to stop before it was possible. */
async function onceConsumable(breaker: Breaker, start: () => Work): Promise<Work | undefined> {
  try {
    await breaker.suspect()
    await breaker.passage()
  } catch (error) {
    if (error instanceof Stopping) return undefined
    throw error
  }
  return start()
}

/** Whether the worker could write now: Postgres answers, and its schemas fit. */
async function createProbe(mirror: Mirror, catalog: Catalog, location: QueueLocation): Promise<() => Promise<void>> {
  const migrations = await listMigrations(catalog)
  return async () => {
    try {
      await requireSchema(mirror, migrations)
      if (location.backend === 'postgres') await requirePostgresQueue(location)
    } catch (error) {
      throw fromPostgres(error)
    }
  }
}
