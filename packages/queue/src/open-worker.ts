import { surviveBrokenConnections } from '@rollcall/shared/postgres-connection'
import { endSilentConnections, SILENCE_MS } from '@rollcall/shared/postgres-silence'
import { createPostgresBackend, type Job, Worker, type WorkerOptions } from 'bullmq'
import { connectionName } from './connection-name.ts'
import type { QueueLocation } from './open-queue.ts'
import { unlessAway } from './parting.ts'
import { endSilentListener } from './postgres-listener.ts'
import { watchOrphans } from './postgres-orphans.ts'
import { postgresConnection } from './postgres-queue.ts'
import { createRedis } from './redis-client.ts'
import { shardPrefix } from './shards.ts'

export type WorkerSettings = Omit<WorkerOptions, 'connection' | 'prefix'>

/** BullMQ's types tell the backends apart; what we use of a worker is the same on both. */
export interface AnyWorker {
  pause(doNotWaitActive?: boolean): Promise<void>
  resume(): Promise<void>
  /** Takes no further jobs, waits for those in hand, and closes the connections. */
  close(): Promise<void>
}

/** What is done with a job. `token` proves that this worker holds its lock. */
export type Processor<Data> = (job: Job<Data>, token: string) => Promise<unknown>

/** A BullMQ worker on a queue, in whichever backend it is. */
export function openWorker<Data>(
  location: QueueLocation,
  queue: string,
  process: Processor<Data>,
  settings: WorkerSettings,
  onError: (error: Error) => void,
): AnyWorker {
  switch (location.backend) {
    case 'redis': {
      const client = createRedis(location.urls, onError, connectionName('worker', location.prefix))
      const prefix = shardPrefix(location.prefix, 0)
      const worker = new Worker<Data>(queue, processorOf(process), { ...settings, connection: client, prefix })
      worker.on('error', onError)
      return {
        pause: (doNotWaitActive) => worker.pause(doNotWaitActive),
        resume: () => worker.resume(),
        async close() {
          await unlessAway(worker.close())
          void worker.getBackend().close(true)
          client.disconnect()
        },
      }
    }
    case 'postgres': {
      const connection = { connection: postgresConnection(location, 'worker') }
      const worker = new Worker(queue, processorOf(process), { ...settings, ...connection }, createPostgresBackend)
      const lookForOrphans = watchOrphans(worker, queue)
      const onBreak = (error: Error) => {
        lookForOrphans()
        onError(error)
      }
      worker.on('error', onBreak)
      // Its backend owns its pool and ends it.
      surviveBrokenConnections(worker.getBackend().connection.pool, onBreak)
      endSilentConnections(worker.getBackend().connection.pool, SILENCE_MS)
      endSilentListener(worker.getBackend().connection, SILENCE_MS)
      return worker
    }
  }
}

const processorOf =
  <Data>(process: Processor<Data>) =>
  (job: Job<Data>, token?: string) =>
    process(job, token!)
