import { pause } from '@rollcall/shared/deadline'
import type { Delivery } from '@rollcall/shared/delivery'
import type { Worker } from 'bullmq'
import { connectionName } from './connection-name.ts'
import { QUEUE } from './names.ts'
import type { QueueLocation } from './open-queue.ts'
import { type AnyWorker, openRedisWorker, openWorker, type Processor, type WorkerSettings } from './open-worker.ts'
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
  process: Processor<Delivery>,
  settings: WorkerSettings & { readonly concurrency: number },
  onError: (error: Error) => void,
): AnyWorker {
  switch (location.backend) {
    case 'redis':
      return onShards(location, process, settings, onError)
    case 'postgres':
      return openWorker(location, QUEUE, process, settings, onError)
  }
}

function onShards(
  location: RedisLocation,
  process: Processor<Delivery>,
  settings: WorkerSettings & { readonly concurrency: number },
  onError: (error: Error) => void,
): AnyWorker {
  const client = createRedis(location.urls, onError, connectionName('worker', location.prefix))
  const layout = createShardLayout(client, location.prefix, location.shards)
  const stop = new AbortController()
  const workers: Worker<Delivery>[] = []
  let isPaused = false

  function open(count: number): void {
    const concurrency = Math.max(
      Math.ceil(settings.concurrency / count),
      Math.min(settings.concurrency, LEAST_CONCURRENCY),
    )
    for (const worker of workers) worker.concurrency = concurrency
    for (let shard = workers.length; shard < count; shard++) {
      const prefix = shardPrefix(location.prefix, shard)
      const worker = openRedisWorker(client, prefix, QUEUE, process, { ...settings, concurrency }, onError)
      if (isPaused) void worker.pause(true)
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

  open(location.shards)
  void follow()
  return {
    async pause(doNotWaitActive) {
      isPaused = true
      await Promise.all(workers.map((worker) => worker.pause(doNotWaitActive)))
    },
    async resume() {
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
