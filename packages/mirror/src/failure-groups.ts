import { type Kysely, sql } from 'kysely'
import { UNRESOLVED } from './event-search.ts'
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

/** Largest first. Read from an index that holds nothing but failures, in its order, so that as many as there may be are counted in a moment. */
export async function failureGroups(db: Kysely<MirrorTables>): Promise<readonly FailureGroup[]> {
  const counted = db
    .selectFrom('webhook_events')
    .select([
      'error_group',
      'type',
      'outcome',
      sql<string>`count(*)`.as('count'),
      sql<Date>`min(applied_at)`.as('oldest'),
      sql<Date>`max(applied_at)`.as('newest'),
    ])
    .where(UNRESOLVED)
    .groupBy(['error_group', 'type', 'outcome'])
  const rows = await db
    .selectFrom(counted.as('counted'))
    .select([
      sql<'event' | 'handler'>`case outcome when 'failed' then 'event' else 'handler' end`.as('what'),
      // What an older version wrote, while both run.
      sql<string>`coalesce(error_group, 'unknown')`.as('errorGroup'),
      'type',
      sql<string>`sum(count)`.as('count'),
      sql<Date>`min(oldest)`.as('oldest'),
      sql<Date>`max(newest)`.as('newest'),
    ])
    .groupBy([sql`1`, sql`2`, 'type'])
    .orderBy(sql`sum(count)`, 'desc')
    .orderBy(sql`max(newest)`, 'desc')
    .limit(MOST_GROUPS)
    .execute()
  return rows.map((row) => ({ ...row, count: Number(row.count) }))
}
