import { type Kysely, sql } from 'kysely'
import type { MirrorTables, ReconcileOutcome, ReconcileRuns } from './tables.ts'

/** Two years of a run a day; what is older tells nobody anything. */
const RUNS_KEPT = 1_000

export async function beginReconcile(
  db: Kysely<MirrorTables>,
  run: Pick<ReconcileRuns, 'started_by' | 'dry_run' | 'instance_id'>,
): Promise<string> {
  const { id } = await db.insertInto('reconcile_runs').values(run).returning('id').executeTakeFirstOrThrow()
  await db
    .deleteFrom('reconcile_runs')
    .where('id', '<=', String(BigInt(id) - BigInt(RUNS_KEPT)))
    .execute()
  return id
}

export async function finishReconcile(
  db: Kysely<MirrorTables>,
  id: string,
  result: {
    readonly outcome: Exclude<ReconcileOutcome, 'failed'>
    readonly driftedRows: number
    readonly mendedRows: number
    readonly drift: object
  },
): Promise<void> {
  await db
    .updateTable('reconcile_runs')
    .set({
      finished_at: sql`now()`,
      outcome: result.outcome,
      drifted_rows: String(result.driftedRows),
      mended_rows: String(result.mendedRows),
      drift: JSON.stringify(result.drift),
    })
    .where('id', '=', id)
    .execute()
}

/** The error is a code, a colon, and a sentence. */
export async function failReconcile(db: Kysely<MirrorTables>, id: string, error: string): Promise<void> {
  await db
    .updateTable('reconcile_runs')
    .set({ finished_at: sql`now()`, outcome: 'failed', error })
    .where('id', '=', id)
    .execute()
}
