import { type Kysely, sql } from 'kysely'
import type { MirrorTables } from './tables.ts'

/**
 * Counts messages that came again after they had been settled, by their ids. One whose handler runs at this moment is held
 * by it, and is not counted: no batch waits for a handler [H3], and it is only a count.
 */
export async function countDuplicates(
  db: Kysely<MirrorTables>,
  schema: string,
  counts: ReadonlyMap<string, number>,
): Promise<void> {
  if (counts.size === 0) return
  const table = sql.id(schema, 'webhook_events')
  const again = JSON.stringify([...counts].map(([id, count]) => ({ id, count })))
  await sql`
    with again as (
      select events.id, again.count
      from ${table} as events
        join jsonb_to_recordset(${again}::jsonb) as again(id text, count integer) on again.id = events.id
      for update of events skip locked
    )
    update ${table} as current set duplicates = duplicates + again.count, duplicate_at = now()
    from again where current.id = again.id`.execute(db)
}
