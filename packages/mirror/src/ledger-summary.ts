import { type Kysely, sql } from 'kysely'
import { countUnfinished } from './count-unfinished.ts'
import { type Handling, type MirrorTables, OUTCOMES, type Outcome } from './tables.ts'

export interface LedgerSummary {
  readonly outcomes: Readonly<Record<Outcome, number>>
  /** What has become of the handlers of those events that have one. */
  readonly handlers: Readonly<Record<Handling, number>>
  /** When the newest outcome was committed; null in an empty ledger. */
  readonly lastAppliedAt: Date | null
  /** From the receiver taking an event to the commit of its outcome, over the newest events. Null without any. */
  readonly lagMs: { readonly median: number; readonly highest: number } | null
}

/** Enough to be typical, few enough to be read by an index in a millisecond. */
const LAG_SAMPLE = 1_000

/** How events ended so far, and how long the newest ones took. */
export async function summariseLedger(db: Kysely<MirrorTables>): Promise<LedgerSummary> {
  const counts = await db
    .selectFrom('webhook_events')
    .select([
      'outcome',
      sql<string>`count(*)`.as('count'),
      sql<string>`count(*) filter (where handling = 'handled')`.as('handled'),
    ])
    .groupBy('outcome')
    .execute()
  const { waitingHandlers, failedHandlers } = await countUnfinished(db)
  const newest = db
    .selectFrom('webhook_events')
    .select(['applied_at', 'received_at'])
    .orderBy('applied_at', 'desc')
    .limit(LAG_SAMPLE)
  const lag = sql`extract(epoch from applied_at - received_at) * 1000`
  const sample = await db
    .selectFrom(newest.as('newest'))
    .select([
      sql<Date | null>`max(applied_at)`.as('lastAppliedAt'),
      sql<number | null>`(percentile_cont(0.5) within group (order by ${lag}))::float8`.as('median'),
      sql<number | null>`max(${lag})::float8`.as('highest'),
    ])
    .executeTakeFirstOrThrow()

  const counted = new Map(counts.map((row) => [row.outcome, Number(row.count)]))
  const { lastAppliedAt, median, highest } = sample
  return {
    outcomes: Object.fromEntries(OUTCOMES.map((outcome) => [outcome, counted.get(outcome) ?? 0])) as Record<
      Outcome,
      number
    >,
    handlers: {
      waiting: waitingHandlers,
      handled: counts.reduce((sum, row) => sum + Number(row.handled), 0),
      failed: failedHandlers,
    },
    lastAppliedAt,
    lagMs: median === null || highest === null ? null : { median: Math.round(median), highest: Math.round(highest) },
  }
}
