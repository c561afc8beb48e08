import { surviveBrokenConnections } from '@rollcall/shared/postgres-connection'
import { endSilentConnections, SILENCE_MS } from '@rollcall/shared/postgres-silence'
import { createPostgresBackend, Queue } from 'bullmq'
import type { BodyCodec } from './body-codec.ts'
import { connectionName } from './connection-name.ts'
import { QUEUE } from './names.ts'
import type { QueueLocation } from './open-queue.ts'
import { postgresConnection } from './postgres-queue.ts'
import { createRedis } from './redis-client.ts'
import { shardPrefix } from './shards.ts'

/** BullMQ's own objects, one a shard, for those who know BullMQ: Bull Board asks for what `JobQueue` has no words for. */
export interface BoardQueue {
  readonly queues: readonly Queue[]
  /** Reads the bodies that jobs hold. */
  readonly codec: BodyCodec
  close(): Promise<void>
}

/** Connections of which a page needs no more than it asks at once. */
const POOL_SIZE = 2

export function openBoardQueue(location: QueueLocation, onError: (error: Error) => void): BoardQueue {
  const { codec } = location
  switch (location.backend) {
    case 'redis': {
      const client = createRedis(location.urls, onError, connectionName('command', location.prefix))
      const queues = Array.from({ length: location.shards }, (_, shard) => {
        const queue = new Queue(QUEUE, { connection: client, prefix: shardPrefix(location.prefix, shard) })
        return queue.on('error', onError)
      })
      return {
        queues,
        codec,
        async close() {
          await Promise.all(queues.map((queue) => queue.close()))
          client.disconnect()
        },
      }
    }
    case 'postgres': {
      const connection = postgresConnection({ ...location, poolSize: POOL_SIZE })
      const queue = new Queue(QUEUE, { connection }, createPostgresBackend)
      queue.on('error', onError)
      surviveBrokenConnections(queue.getBackend().connection.pool, onError)
      endSilentConnections(queue.getBackend().connection.pool, SILENCE_MS)
      return { queues: [queue as unknown as Queue], codec, close: () => queue.close() }
    }
  }
}
