import type { Kysely } from 'kysely'
import type { MirrorTables, ReconcileOutcome } from './tables.ts'

/** The newest reconcile that has ended. */
export interface LastReconcile {
  readonly startedAt: Date
  readonly finishedAt: Date
  readonly startedBy: 'command' | 'schedule'
  readonly isDryRun: boolean
  readonly outcome: ReconcileOutcome
  readonly driftedRows: number
  readonly mendedRows: number
  readonly error: string | null
}

/** The newest backfill. Without `finishedAt` it is under way, or was cut short. */
export interface LastBackfill {
  readonly resources: readonly string[]
  readonly startedAt: Date
  readonly updatedAt: Date
  readonly finishedAt: Date | null
}

export async function lastReconcile(db: Kysely<MirrorTables>): Promise<LastReconcile | null> {
  const row = await db
    .selectFrom('reconcile_runs')
    .selectAll()
    .where('finished_at', 'is not', null)
    .orderBy('id', 'desc')
    .limit(1)
    .$narrowType<{ finished_at: Date; outcome: ReconcileOutcome }>()
    .executeTakeFirst()
  if (!row) return null
  return {
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    startedBy: row.started_by,
    isDryRun: row.dry_run,
    outcome: row.outcome,
    driftedRows: Number(row.drifted_rows),
    mendedRows: Number(row.mended_rows),
    error: row.error,
  }
}

export async function lastBackfill(db: Kysely<MirrorTables>): Promise<LastBackfill | null> {
  const row = await db.selectFrom('backfills').selectAll().orderBy('id', 'desc').limit(1).executeTakeFirst()
  if (!row) return null
  const { resources, started_at: startedAt, updated_at: updatedAt, finished_at: finishedAt } = row
  return { resources, startedAt, updatedAt, finishedAt }
}
