import { pause } from '@rollcall/shared/deadline'
import { UnrecoverableError, WaitingError } from 'bullmq'
import type { QueuedDelivery } from './body-codec.ts'
import { type BulkWorker, type DeliveryWorker, type DeliveryWorkerSettings, openBulkWorker } from './bulk-worker.ts'
import { connectionName } from './connection-name.ts'
import type { ProcessJob } from './delivery-job.ts'
import { eachConnection } from './each-connection.ts'
import { traceOf } from './job-trace.ts'
import { QUEUE } from './names.ts'
import type { QueueLocation } from './open-queue.ts'
import { openWorker } from './open-worker.ts'
import { createRedis } from './redis-client.ts'
import type { RedisLocation } from './redis-queue.ts'
import { createShardLayout } from './shard-layout.ts'
import { shardPrefix } from './shards.ts'

/** How soon a worker notices that others put jobs on shards of which it does not know. */
const LOOK_MS = 5_000

/** Below that a shard's jobs would make small batches while the others have none. */
const LEAST_CONCURRENCY = 100

/**
 * Hands out the deliveries of a queue, of all its shards: as many as are configured, and those on which others put jobs
 * as soon as it is seen [Q31]. `concurrency` is that of all shards together, as nearly as may be.
 */
export function openDeliveryWorkers(
  location: QueueLocation,
  process: ProcessJob,
  settings: DeliveryWorkerSettings,
  onError: (error: Error) => void,
): DeliveryWorker {
  switch (location.backend) {
    case 'redis':
      return onShards(location, process, settings, onError)
    case 'postgres':
      return onPostgres(location, process, settings, onError)
  }
}

/** BullMQ's own worker, which claims and completes jobs one by one. */
function onPostgres(
  location: QueueLocation,
  process: ProcessJob,
  { concurrency, lockMs, maxStalledCount }: DeliveryWorkerSettings,
  onError: (error: Error) => void,
): DeliveryWorker {
  const worker = openWorker<QueuedDelivery>(
    location,
    QUEUE,
    async (job, token) => {
      const { data, attemptsMade, opts } = job
      const ended = await process({ queued: data, attemptsMade, trace: traceOf(opts.telemetry?.metadata) })
      switch (ended.end) {
        case 'completed':
          return
        case 'returned':
          await job.moveToWait(token)
          throw new WaitingError()
        case 'postponed':
          throw ended.error
        case 'failed':
          throw new UnrecoverableError(ended.error.message)
      }
    },
    {
      concurrency,
      lockDuration: lockMs,
      stalledInterval: lockMs / 2,
      maxStalledCount,
      // BullMQ's own pause after a failed fetch is 15 s.
      runRetryDelay: 1_000,
    },
    onError,
  )
  return {
    pause: () => void worker.pause(true),
    resume: () => void worker.resume(),
    close: () => worker.close(),
  }
}

function onShards(
  location: RedisLocation,
  process: ProcessJob,
  settings: DeliveryWorkerSettings,
  onError: (error: Error) => void,
): DeliveryWorker {
  const client = createRedis(location.urls, onError, connectionName('worker', location.prefix))
  const layout = createShardLayout(client, location.prefix, location.shards)
  const stop = new AbortController()
  const workers: BulkWorker[] = []
  let isPaused = false

  function open(count: number): void {
    const concurrency = Math.max(
      Math.ceil(settings.concurrency / count),
      Math.min(settings.concurrency, LEAST_CONCURRENCY),
    )
    for (const worker of workers) worker.concurrency = concurrency
    for (let shard = workers.length; shard < count; shard++) {
      const worker = openBulkWorker(
        client,
        shardPrefix(location.prefix, shard),
        process,
        { ...settings, concurrency },
        onError,
      )
      if (isPaused) worker.pause()
      workers.push(worker)
    }
  }

  async function follow(): Promise<void> {
    while (!stop.signal.aborted) {
      try {
        const count = await layout.count()
        if (count > workers.length && !stop.signal.aborted) open(count)
      } catch (error) {
        if (!stop.signal.aborted) onError(error as Error)
      }
      await pause(LOOK_MS, stop.signal)
    }
  }

  // What was under way is sent again by itself, and its first answer is lost without an error.
  eachConnection(client, (connection) =>
    connection.on('close', () => {
      for (const worker of workers) worker.connectionBroke()
    }),
  )
  open(location.shards)
  void follow()
  return {
    pause() {
      isPaused = true
      for (const worker of workers) worker.pause()
    },
    resume() {
      isPaused = false
      for (const worker of workers) worker.resume()
    },
    async close() {
      stop.abort()
      await Promise.all(workers.map((worker) => worker.close()))
      client.disconnect()
    },
  }
}
