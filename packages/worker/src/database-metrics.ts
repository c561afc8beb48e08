import type { PoolUse } from '@rollcall/mirror/database'
import { known } from '@rollcall/shared/metrics-registry'
import type { Check } from '@rollcall/shared/readiness'
import type { WorkerMetrics } from './metrics.ts'

/** Tells what becomes of Postgres as the worker sees it: whether it takes what is written, and who waits for a connection. */
export function tellDatabase(
  metrics: Pick<WorkerMetrics, 'tell'>,
  check: () => Check,
  pools: Readonly<Record<string, () => PoolUse>>,
): void {
  metrics.tell('rollcall_database_available', () => known(check().status === 'failed' ? 0 : 1))
  metrics.tell('rollcall_pool_connections', () =>
    Object.entries(pools).flatMap(([pool, use]) =>
      Object.entries(use()).map(([state, value]) => ({ labels: { pool, state }, value })),
    ),
  )
}
