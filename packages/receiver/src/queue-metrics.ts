import type { QueueUsers } from '@rollcall/queue/connected-processes'
import type { QueueState } from '@rollcall/queue/job-queue'
import type { RedisMemory } from '@rollcall/queue/redis-memory'
import { known } from '@rollcall/shared/metrics-registry'
import type { ReceiverMetrics } from './metrics.ts'

/** What is known of the queue at the moment; nothing of what is not. */
export interface QueueReadings {
  state(): QueueState | undefined
  users(): QueueUsers | undefined
  memory(): RedisMemory | undefined
}

/** Metrics of the queue, made of what was read last when they are asked for, so that an age is as old as it says [P4]. */
export function tellQueue(metrics: Pick<ReceiverMetrics, 'tell'>, readings: QueueReadings, now: () => number): void {
  metrics.tell('rollcall_queue_jobs', () =>
    Object.entries(readings.state()?.counts ?? {}).map(([state, value]) => ({ labels: { state }, value })),
  )
  metrics.tell('rollcall_queue_oldest_waiting_age_seconds', () => {
    const state = readings.state()
    return known(state && ageSeconds(state.oldestWaitingAt, now()))
  })
  metrics.tell('rollcall_queue_paused', () => {
    const state = readings.state()
    return known(state && Number(state.isPaused))
  })
  metrics.tell('rollcall_queue_connected_processes', () => {
    const users = readings.users()
    if (!users) return []
    return [
      { labels: { role: 'receiver' }, value: users.receivers },
      { labels: { role: 'worker' }, value: users.workers },
    ]
  })
  metrics.tell('rollcall_redis_memory_used_bytes', () => known(readings.memory()?.usedBytes))
  metrics.tell('rollcall_redis_memory_limit_bytes', () => known(readings.memory()?.limitBytes))
  metrics.tell('rollcall_redis_evicted_keys_total', () => known(readings.memory()?.evictedKeys))
}

/** Another receiver's clock may be ahead of ours. */
const ageSeconds = (since: Date | undefined, now: number): number =>
  since ? Math.max(0, now - since.getTime()) / 1_000 : 0
