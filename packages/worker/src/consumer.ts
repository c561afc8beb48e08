import { QUEUE } from '@rollcall/queue/names'
import type { QueueLocation } from '@rollcall/queue/open-queue'
import { postgresConnection } from '@rollcall/queue/postgres-queue'
import { createRedis } from '@rollcall/queue/redis-client'
import { redisPrefix } from '@rollcall/queue/redis-queue'
import type { Delivery } from '@rollcall/shared/delivery'
import { surviveBrokenConnections } from '@rollcall/shared/postgres-connection'
import { createPostgresBackend, type Job, Worker, type WorkerOptions } from 'bullmq'

/** What is done with a job. `token` proves that this worker holds its lock. */
export type Processor = (job: Job<Delivery>, token: string) => Promise<unknown>

export interface Consumer {
  /** Takes no further jobs; those in hand go on. */
  pause(): Promise<void>
  resume(): Promise<void>
  /** Takes no further jobs, waits for those in hand, and closes the connections. */
  close(): Promise<void>
}

/** A job that stalled because its worker died is taken up again however often that happens [O2]; Postgres's `integer`. */
const EVER = 2 ** 31 - 1

/** Begins to hand jobs to the processor, `concurrency` of them at a time. */
export function startConsumer(options: {
  location: QueueLocation
  process: Processor
  concurrency: number
  lockMs: number
  onError: (error: Error) => void
}): Consumer {
  const settings = {
    concurrency: options.concurrency,
    lockDuration: options.lockMs,
    // Twice within a lock's life, so that the jobs of a dead worker wait for one and a half of it at the most.
    stalledInterval: options.lockMs / 2,
    maxStalledCount: EVER,
    // BullMQ's own pause after a failed fetch is 15 s.
    runRetryDelay: 1_000,
  }
  const { worker, disconnect } = openWorker(options.location, options.process, settings, options.onError)
  worker.on('error', options.onError)

  return {
    pause: () => worker.pause(true),
    resume: () => worker.resume(),
    async close() {
      await worker.close()
      disconnect()
    },
  }
}

type Settings = Omit<WorkerOptions, 'connection' | 'prefix'>

/** BullMQ's types tell the backends apart; what we use of a worker is the same on both. */
type AnyWorker = Pick<Worker, 'pause' | 'resume' | 'close'> & {
  on(event: 'error', listener: (error: Error) => void): unknown
}

function openWorker(
  location: QueueLocation,
  process: Processor,
  settings: Settings,
  onError: (error: Error) => void,
): { worker: AnyWorker; disconnect: () => void } {
  const processor = (job: Job<Delivery>, token?: string) => process(job, token!)
  switch (location.backend) {
    case 'redis': {
      const client = createRedis(location.urls, onError)
      const connection = { connection: client, prefix: redisPrefix(location.prefix) }
      return {
        worker: new Worker(QUEUE, processor, { ...settings, ...connection }),
        disconnect: () => client.disconnect(),
      }
    }
    case 'postgres': {
      const connection = { connection: postgresConnection(location) }
      const worker = new Worker(QUEUE, processor, { ...settings, ...connection }, createPostgresBackend)
      surviveBrokenConnections(worker.getBackend().connection.pool, onError)
      // Its backend owns its pool and ends it.
      return { worker, disconnect: () => undefined }
    }
  }
}
