import { type Kysely, sql } from 'kysely'
import type { MirrorTables } from './tables.ts'

/** Events that failed alike, or whose handlers did, and that nobody has given up. */
export interface FailureGroup {
  readonly what: 'event' | 'handler'
  /** The error without what differs from event to event. */
  readonly errorGroup: string
  readonly type: string | null
  readonly count: number
  /** When their outcomes were committed. */
  readonly oldest: Date
  readonly newest: Date
}

/** As many as people can look through. */
const MOST_GROUPS = 200

/** Largest first. Read from an index that holds nothing but failures. */
export async function failureGroups(db: Kysely<MirrorTables>): Promise<readonly FailureGroup[]> {
  const rows = await db
    .selectFrom('webhook_events')
    .select([
      sql<'event' | 'handler'>`case outcome when 'failed' then 'event' else 'handler' end`.as('what'),
      // What an older version wrote, while both run.
      sql<string>`coalesce(error_group, 'unknown')`.as('errorGroup'),
      'type',
      sql<string>`count(*)`.as('count'),
      sql<Date>`min(applied_at)`.as('oldest'),
      sql<Date>`max(applied_at)`.as('newest'),
    ])
    .where(sql<boolean>`(outcome = 'failed' or handling = 'failed') and discarded_at is null`)
    .groupBy([sql`1`, 'error_group', 'type'])
    .orderBy(sql`count(*)`, 'desc')
    .orderBy(sql`max(applied_at)`, 'desc')
    .limit(MOST_GROUPS)
    .execute()
  return rows.map((row) => ({ ...row, count: Number(row.count) }))
}
