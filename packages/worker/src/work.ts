import type { Mirror } from '@rollcall/mirror/database'
import type { Keeping } from '@rollcall/mirror/ledger-entry'
import type { DeliveryWorker } from '@rollcall/queue/bulk-worker'
import type { JobQueue } from '@rollcall/queue/job-queue'
import { JOB_OPTIONS } from '@rollcall/queue/names'
import { openDeliveryWorkers } from '@rollcall/queue/open-delivery-workers'
import type { QueueLocation } from '@rollcall/queue/open-queue'
import { errorLog } from '@rollcall/shared/error-log'
import type { Logger } from '@rollcall/shared/log'
import type { Tracing } from '@rollcall/shared/tracing'
import { createAfterCommit } from './after-commit.ts'
import type { Breaker } from './breaker.ts'
import type { WorkerConfig } from './config.ts'
import { type HandlerRunner, startHandlerRunner } from './handlers/handler-runner.ts'
import { createJobTraces } from './job-traces.ts'
import { countHandler, type WorkerMetrics } from './metrics.ts'
import { createProcessor } from './process-job.ts'
import { startScheduledReconcile } from './scheduled-reconcile.ts'
import { createSettle } from './settle.ts'
import { startUpkeep } from './upkeep.ts'
import { startFailureWatch } from './watch-failures.ts'
import { startSilenceWatch } from './watch-silence.ts'

/** All that a worker does once Postgres is there with a schema that fits. */
export interface Work {
  readonly consumer: DeliveryWorker
  close(): Promise<void>
}

export interface WorkOptions {
  readonly config: WorkerConfig
  readonly location: QueueLocation
  readonly mirror: Mirror
  /** The mirror through connections of the handlers' own; nothing where there are no handlers. */
  readonly handlerMirror: Mirror | undefined
  readonly queue: JobQueue
  readonly breaker: Breaker
  readonly metrics: WorkerMetrics
  /** Nothing where nobody wants traces. */
  readonly tracing: Tracing | undefined
  readonly log: Logger
  readonly onDatabaseError: (error: Error) => void
  readonly onQueueError: (error: Error) => void
}

/** A job that stalled because its worker died is taken up again however often that happens [O2]; Postgres's `integer`. */
const EVER = 2 ** 31 - 1

/** Starts to consume, to run handlers and to keep the ledger in bounds. */
export function startWork(options: WorkOptions): Work {
  const { config, mirror, queue, breaker, metrics, tracing, log } = options
  const { settings } = config
  const keeping: Keeping = {
    catalog: settings.catalog,
    bodies: config.EVENT_BODIES ?? settings.eventBodies ?? 'needed',
    handledTypes: new Set(settings.handlers.keys()),
  }
  const handlers = startHandlers(options, keeping)
  const upkeep = startUpkeep({ mirror, retention: settings.retention, onError: options.onDatabaseError })
  const silence = startSilenceWatch({
    mirror,
    config,
    areUsersMirrored: settings.catalog.mirroredNamed('user') !== undefined,
    metrics,
    onDatabaseError: options.onDatabaseError,
    onClerkError: errorLog(log, 'clerk.errored'),
  })

  const failures = startFailureWatch({ mirror, metrics, onError: options.onDatabaseError })
  const reconciling = startScheduledReconcile(options)

  const traces = tracing && createJobTraces(tracing)
  const settle = createSettle(mirror, breaker, metrics, {
    ...keeping,
    allowedInstances: config.CLERK_INSTANCE_ID,
    batchSize: config.BATCH_SIZE,
    batchesInFlight: config.BATCHES_IN_FLIGHT,
    maxAttempts: JOB_OPTIONS.attempts,
    watchTransaction: traces?.watchTransaction,
    afterCommit: createAfterCommit({
      mirror,
      catalog: settings.catalog,
      queue,
      handledTypes: keeping.handledTypes,
      onHandlersDue: () => handlers?.wake(),
    }),
  })
  const { location } = options
  const process = createProcessor({ codec: location.codec, settle, metrics, traces, log }, Date.now)
  const consumer = openDeliveryWorkers(
    location,
    process,
    { concurrency: concurrencyOf(config, location), lockMs: config.JOB_LOCK_MS, maxStalledCount: EVER },
    (error) => {
      options.onQueueError(error)
      // A queue in Postgres goes away with the mirror; BullMQ would ask it again without a pause.
      if (location.backend === 'postgres') void breaker.suspect()
    },
  )

  return {
    consumer,
    async close() {
      await Promise.all([
        consumer.close(),
        handlers?.close(),
        upkeep.close(),
        silence.close(),
        failures.close(),
        reconciling.close(),
      ])
    },
  }
}

function startHandlers(options: WorkOptions, keeping: Keeping): HandlerRunner | undefined {
  const { config, handlerMirror, metrics, log, onDatabaseError } = options
  if (!handlerMirror) return undefined
  return startHandlerRunner({
    mirror: handlerMirror,
    handlers: config.settings.handlers,
    keeping,
    inFlight: config.HANDLERS_IN_FLIGHT,
    timeoutMs: config.HANDLER_TIMEOUT_MS,
    log,
    onError: onDatabaseError,
    onEnd: (type, result, tookMs) => countHandler(metrics, type, result, tookMs),
  })
}

/**
 * Postgres claims and completes jobs one by one, so that more in hand only wait for each other, and may lose their locks
 * while they do: 5,000 events took 4.1 s with 1,500 in hand and 3.1 s with 90.
 */
const MOST_ON_POSTGRES = 100

/** How many jobs are in hand: one batch more than can be in flight, so that the next one fills while they are written. */
function concurrencyOf(config: WorkerConfig, location: QueueLocation): number {
  const wanted = config.BATCH_SIZE * (config.BATCHES_IN_FLIGHT + 1)
  return location.backend === 'postgres' ? Math.min(wanted, MOST_ON_POSTGRES) : wanted
}
