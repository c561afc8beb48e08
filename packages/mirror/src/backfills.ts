import { type Kysely, sql } from 'kysely'
import type { MirrorTables } from './tables.ts'

/** A backfill that was begun, whose progress is kept with what it writes. */
export interface KeptBackfill<Progress> {
  readonly id: string
  readonly progress: Progress
  /** When it was begun; nothing if that is now. */
  readonly begunAt: Date | undefined
}

/** What was read longer ago than this may have changed since without an event, so that going on from there proves little. */
const RESUMED_WITHIN_HOURS = 24

/** The newest backfill of these resources that was cut short, or a new one [K9]. */
export async function openBackfill<Progress extends object>(
  db: Kysely<MirrorTables>,
  backfill: { readonly resources: readonly string[]; readonly instanceId: string; readonly restart: boolean },
  nothing: Progress,
): Promise<KeptBackfill<Progress>> {
  const { resources, instanceId, restart } = backfill
  const cutShort = restart
    ? undefined
    : await db
        .selectFrom('backfills')
        .select(['id', 'started_at', 'progress'])
        .where('finished_at', 'is', null)
        .where('resources', '=', sql<string[]>`${[...resources]}::text[]`)
        .where('instance_id', '=', instanceId)
        .where('updated_at', '>', sql<Date>`now() - make_interval(hours => ${RESUMED_WITHIN_HOURS})`)
        .orderBy('id', 'desc')
        .limit(1)
        .executeTakeFirst()
  if (cutShort) return { id: cutShort.id, progress: cutShort.progress as Progress, begunAt: cutShort.started_at }

  const begun = await db
    .insertInto('backfills')
    .values({ resources: [...resources], instance_id: instanceId, progress: JSON.stringify(nothing) })
    .returning('id')
    .executeTakeFirstOrThrow()
  return { id: begun.id, progress: nothing, begunAt: undefined }
}

/** To be called in the transaction that writes what the progress counts. */
export async function saveProgress(db: Kysely<MirrorTables>, id: string, progress: object): Promise<void> {
  await db
    .updateTable('backfills')
    .set({ progress: JSON.stringify(progress), updated_at: sql`now()` })
    .where('id', '=', id)
    .execute()
}

export async function finishBackfill(db: Kysely<MirrorTables>, id: string): Promise<void> {
  await db
    .updateTable('backfills')
    .set({ finished_at: sql`now()`, updated_at: sql`now()` })
    .where('id', '=', id)
    .execute()
}
