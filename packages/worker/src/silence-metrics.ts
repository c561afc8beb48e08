import { DRIFT_KINDS, type ReconcileSummary } from '@rollcall/mirror/reconcile-summary'
import { known } from '@rollcall/shared/metrics-registry'
import type { WorkerMetrics } from './metrics.ts'

/** How many users there are on either side. */
export interface UserCounts {
  readonly mirror: number
  readonly clerk: number
}

/** What is known at the moment of webhooks that may never have come; nothing of what is not. */
export interface SilenceReadings {
  lastWebhookAt(): Date | undefined
  users(): UserCounts | undefined
  reconciles(): ReconcileSummary | undefined
}

/**
 * Metrics by which people see that webhooks stopped coming, and what that cost [Z1]. They are made when they are asked
 * for, so that an age is as old as it says, and what is not known has no sample [Z2].
 */
export function tellSilence(metrics: Pick<WorkerMetrics, 'tell'>, readings: SilenceReadings, now: () => number): void {
  metrics.tell('rollcall_last_webhook_age_seconds', () => {
    const last = readings.lastWebhookAt()
    return known(last && Math.max(0, now() - last.getTime()) / 1_000)
  })
  metrics.tell('rollcall_users', () => {
    const counts = readings.users()
    if (!counts) return []
    return [
      { labels: { where: 'mirror' }, value: counts.mirror },
      { labels: { where: 'clerk' }, value: counts.clerk },
    ]
  })
  metrics.tell('rollcall_users_difference', () => {
    const counts = readings.users()
    return known(counts && counts.clerk - counts.mirror)
  })
  metrics.tell('rollcall_reconcile_mended_rows_total', () => known(readings.reconciles()?.mendedRows))
  metrics.tell('rollcall_reconcile_drifted_rows', () =>
    [...(readings.reconciles()?.drift ?? [])].flatMap(([resource, counts]) =>
      DRIFT_KINDS.map((kind) => ({ labels: { resource, kind }, value: counts[kind] })),
    ),
  )
  metrics.tell('rollcall_reconcile_last_finished_timestamp_seconds', () =>
    [...(readings.reconciles()?.lastFinished ?? [])].map(([outcome, at]) => ({
      labels: { outcome },
      value: at.getTime() / 1_000,
    })),
  )
}
