import type { QueueUsers } from '@rollcall/queue/connected-processes'
import type { JobQueue, QueueState } from '@rollcall/queue/job-queue'
import type { RedisMemory } from '@rollcall/queue/redis-memory'
import { createReading } from '@rollcall/shared/reading'
import { repeat } from '@rollcall/shared/repeat'
import type { ReceiverMetrics } from './metrics.ts'
import { tellQueue } from './queue-metrics.ts'

export interface QueueWatch {
  close(): Promise<void>
}

export interface Pace {
  readonly stateMs: number
  readonly serverMs: number
}

/**
 * The queue's state is a few lengths, and is what people wait for. Who is connected and how full Redis is changes slowly,
 * and listing a server's connections takes it longer the more there are.
 */
const PACE: Pace = { stateMs: 5_000, serverMs: 15_000 }

/** What was read is told until two more looks have failed. */
const FRESH_PACES = 2.5

/**
 * Looks at the queue now and then, and tells it as metrics [P4]. The receiver does it, because it is up even when no job
 * runs. While the queue is away a look waits for it, and nothing is told once what is known has grown too old [P2].
 */
export function startQueueWatch(options: {
  readonly queue: Pick<JobQueue, 'state' | 'connectedProcesses' | 'memory'>
  readonly metrics: Pick<ReceiverMetrics, 'tell'>
  readonly onError: (error: Error) => void
  readonly pace?: Pace
}): QueueWatch {
  const { queue, metrics, pace = PACE } = options
  const stop = new AbortController()
  const now = () => performance.now()
  const state = createReading<QueueState>(now)
  const users = createReading<QueueUsers | undefined>(now)
  const memory = createReading<RedisMemory | undefined>(now)
  tellQueue(metrics, { state: state.fresh, users: users.fresh, memory: memory.fresh }, Date.now)

  async function lookAtState(): Promise<number> {
    state.set(await queue.state(), pace.stateMs * FRESH_PACES)
    return pace.stateMs
  }

  async function lookAtUsers(): Promise<number> {
    users.set((await queue.connectedProcesses())?.here, pace.serverMs * FRESH_PACES)
    return pace.serverMs
  }

  async function lookAtMemory(): Promise<number> {
    memory.set(await queue.memory(), pace.serverMs * FRESH_PACES)
    return pace.serverMs
  }

  const keepOn = (look: () => Promise<number>, retryMs: number) =>
    repeat(look, { retryMs, stop: stop.signal, onError: options.onError })
  const running = [
    keepOn(lookAtState, pace.stateMs),
    keepOn(lookAtUsers, pace.serverMs),
    keepOn(lookAtMemory, pace.serverMs),
  ]
  return {
    async close() {
      stop.abort()
      await Promise.all(running)
    },
  }
}
