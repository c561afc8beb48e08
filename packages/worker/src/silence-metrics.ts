import { DRIFT_KINDS, type ReconcileSummary } from '@rollcall/mirror/reconcile-summary'
import { Counter, Gauge, type Registry } from 'prom-client'

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
export function registerSilenceMetrics(registry: Registry, readings: SilenceReadings, now: () => number): void {
  const registers = [registry]
  new Gauge({
    name: 'rollcall_last_webhook_age_seconds',
    help: 'Seconds since the newest verified webhook came, of those that have been settled.',
    registers,
    collect() {
      const last = readings.lastWebhookAt()
      if (last) this.set(Math.max(0, now() - last.getTime()) / 1_000)
      else this.remove()
    },
  })
  new Gauge({
    name: 'rollcall_users',
    help: 'Users that are not deleted, where: in the mirror, or at Clerk.',
    labelNames: ['where'] as const,
    registers,
    collect() {
      const counts = readings.users()
      this.reset()
      for (const [where, count] of Object.entries(counts ?? {})) this.set({ where }, count)
    },
  })
  new Gauge({
    name: 'rollcall_users_difference',
    help: 'Users at Clerk less users in the mirror, both counted within seconds of each other.',
    registers,
    collect() {
      const counts = readings.users()
      if (counts) this.set(counts.clerk - counts.mirror)
      else this.remove()
    },
  })
  new Counter({
    name: 'rollcall_reconcile_mended_rows_total',
    help: 'Rows that reconciles have written, by whichever process.',
    registers,
    collect() {
      const summary = readings.reconciles()
      this.reset()
      if (summary) this.inc(summary.mendedRows)
      else this.remove()
    },
  })
  new Gauge({
    name: 'rollcall_reconcile_drifted_rows',
    help: 'Rows that differed from Clerk in the last reconcile that did not fail, by resource and by how.',
    labelNames: ['resource', 'kind'] as const,
    registers,
    collect() {
      this.reset()
      for (const [resource, counts] of readings.reconciles()?.drift ?? [])
        for (const kind of DRIFT_KINDS) this.set({ resource, kind }, counts[kind])
    },
  })
  new Gauge({
    name: 'rollcall_reconcile_last_finished_timestamp_seconds',
    help: 'When the last reconcile ended, by its outcome: agreed, drifted, mended or failed.',
    labelNames: ['outcome'] as const,
    registers,
    collect() {
      this.reset()
      for (const [outcome, at] of readings.reconciles()?.lastFinished ?? []) this.set({ outcome }, at.getTime() / 1_000)
    },
  })
}
