import { openBackendApi } from '@rollcall/clerk/backend-api'
import { identifyInstance } from '@rollcall/clerk/instance'
import { rateFor } from '@rollcall/clerk/rate-limit'
import { type ReconcileResult, reconcile } from '@rollcall/clerk/reconcile'
import { openMirror } from '@rollcall/mirror/database'
import { fromPostgres } from '@rollcall/mirror/postgres-errors'
import type { JobQueue } from '@rollcall/queue/job-queue'
import type { QueueLocation } from '@rollcall/queue/open-queue'
import { type Scheduled, startScheduled } from '@rollcall/queue/schedule'
import { PipelineError } from '@rollcall/shared/errors'
import type { Logger } from '@rollcall/shared/log'
import { SILENCE_MS } from '@rollcall/shared/postgres-silence'
import type { WorkerConfig } from './config.ts'

/** One connection that holds the lock, one that writes. They are its own, so that no event waits for them. */
const CONNECTIONS = 2

const NOBODY = { progressed: () => undefined, waiting: () => undefined }

/**
 * Compares the mirror with Clerk as often as `rollcall.config.ts` says, once over all workers [K16]. Where nothing is said,
 * what an earlier configuration planned is taken back.
 */
export function startScheduledReconcile(options: {
  config: WorkerConfig
  location: QueueLocation
  queue: JobQueue
  log: Logger
  onDatabaseError: (error: Error) => void
  onQueueError: (error: Error) => void
}): Scheduled {
  const { config, log } = options
  const { reconcile: settings } = config.settings
  return startScheduled({
    location: options.location,
    name: 'reconcile',
    schedule: settings && { pattern: settings.schedule, timezone: settings.timezone },
    lockMs: config.JOB_LOCK_MS,
    onError: options.onQueueError,
    async run(stop) {
      const startedAt = performance.now()
      try {
        const { outcome, driftedRows, mendedRows } = await reconcileOnce(options, stop)
        const durationMs = Math.round(performance.now() - startedAt)
        log[driftedRows > 0 ? 'warn' : 'info']({ outcome, driftedRows, mendedRows, durationMs }, 'reconcile.finished')
      } catch (thrown) {
        // Whoever called `rollcall reconcile` at this moment does what was to be done.
        if (thrown instanceof PipelineError && thrown.code === 'run_under_way') return log.info({}, 'reconcile.skipped')
        if (!stop.aborted) log.error({ error: fromPostgres(thrown) }, 'reconcile.failed')
        throw thrown
      }
    },
  })
}

async function reconcileOnce(
  { config, queue, onDatabaseError }: Parameters<typeof startScheduledReconcile>[0],
  stop: AbortSignal,
): Promise<ReconcileResult> {
  const { catalog } = config.settings
  // `configureWorker` has seen to it that there is a key where there is a schedule.
  const secretKey = config.CLERK_SECRET_KEY!
  const mirror = openMirror({
    databaseUrl: config.DATABASE_URL,
    schema: config.DATABASE_SCHEMA,
    poolSize: CONNECTIONS,
    onError: onDatabaseError,
    silenceMs: SILENCE_MS,
  })
  try {
    const rate = rateFor(secretKey, config.CLERK_API_RATE_SHARE)
    const api = openBackendApi({ url: config.CLERK_API_URL, secretKey, rate, stop })
    return await reconcile({
      mirror,
      catalog,
      api,
      instance: await identifyInstance(api, mirror, catalog, config.CLERK_INSTANCE_ID),
      dryRun: false,
      startedBy: 'schedule',
      removeFailed: (messageIds) => queue.removeFailed(messageIds),
      watch: NOBODY,
      stop,
    })
  } finally {
    await mirror.close()
  }
}
