import { type Kysely, sql } from 'kysely'
import { DRIFTS } from './compare-rows.ts'
import type { MirrorTables, ReconcileOutcome } from './tables.ts'

/** How a row may differ from what Clerk has: as compared, or `gone`, which Clerk no longer has. */
export const DRIFT_KINDS = [...DRIFTS, 'gone'] as const
export type DriftKind = (typeof DRIFT_KINDS)[number]

export interface ReconcileSummary {
  /** Rows that all runs so far have written. */
  readonly mendedRows: number
  /** When the newest run ended, of each outcome that there has been. */
  readonly lastFinished: ReadonlyMap<ReconcileOutcome, Date>
  /** Rows that differed in the newest run that looked at all there is, by resource. */
  readonly drift: ReadonlyMap<string, Readonly<Record<DriftKind, number>>>
}

/** What reconciles found and mended. There is a row a run, so the table stays small enough to be read whole. */
export async function summariseReconciles(db: Kysely<MirrorTables>): Promise<ReconcileSummary> {
  const outcomes = await db
    .selectFrom('reconcile_runs')
    .select(['outcome', ({ fn }) => fn.max('finished_at').as('last'), sql<string>`sum(mended_rows)`.as('mended')])
    .groupBy('outcome')
    .execute()
  // One that failed has not seen everything.
  const whole = await db
    .selectFrom('reconcile_runs')
    .select('drift')
    .where('outcome', 'in', ['agreed', 'drifted', 'mended'])
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst()

  const drift = Object.entries((whole?.drift ?? {}) as Readonly<Record<string, Partial<Record<DriftKind, number>>>>)
  return {
    mendedRows: outcomes.reduce((sum, { mended }) => sum + Number(mended), 0),
    lastFinished: new Map(outcomes.flatMap(({ outcome, last }) => (outcome && last ? [[outcome, last]] : []))),
    drift: new Map(
      drift.map(([resource, counts]) => [
        resource,
        Object.fromEntries(DRIFT_KINDS.map((kind) => [kind, counts[kind] ?? 0])) as Record<DriftKind, number>,
      ]),
    ),
  }
}
