import { type Kysely, sql } from 'kysely'
import type { MirrorTables } from './tables.ts'

/** What was settled within a few seconds. */
export interface LedgerActivity {
  /** When those seconds began. */
  readonly at: Date
  readonly settled: number
  readonly failed: number
  /** From an event's own time to the commit of its outcome, of those that did not fail; null where there are none. */
  readonly lagMs: { readonly median: number; readonly p99: number } | null
}

export interface Activity {
  /** Oldest first; a step without an event is not among them. */
  readonly steps: readonly LedgerActivity[]
  /** Since when nothing is missing. */
  readonly since: Date
}

/**
 * What was settled since then, by steps of so many seconds. It reads the newest `limit` events at the most, by the index
 * on `applied_at`; where those do not reach back far enough, it begins with the first step that they hold whole.
 */
export async function ledgerActivity(
  db: Kysely<MirrorTables>,
  schema: string,
  { since, stepSeconds, limit }: { readonly since: Date; readonly stepSeconds: number; readonly limit: number },
): Promise<Activity> {
  const table = sql.id(schema, 'webhook_events')
  const lag = sql`greatest(0, extract(epoch from applied_at - occurred_at) * 1000)`
  const { rows } = await sql<{
    at: Date
    settled: string
    failed: string
    median: number | null
    p99: number | null
  }>`
    with newest as (
      select applied_at, occurred_at, outcome from ${table}
      where applied_at >= ${since}
      order by applied_at desc
      limit ${limit}
    )
    select date_bin(make_interval(secs => ${stepSeconds}), applied_at, 'epoch') as at,
      count(*) as settled,
      count(*) filter (where outcome = 'failed') as failed,
      (percentile_disc(0.5) within group (order by ${lag}) filter (where outcome <> 'failed'))::float8 as median,
      (percentile_disc(0.99) within group (order by ${lag}) filter (where outcome <> 'failed'))::float8 as p99
    from newest
    group by 1
    order by 1`.execute(db)

  const steps = rows.map(({ at, settled, failed, median, p99 }) => ({
    at,
    settled: Number(settled),
    failed: Number(failed),
    lagMs: median === null || p99 === null ? null : { median, p99 },
  }))
  const read = steps.reduce((sum, { settled }) => sum + settled, 0)
  if (read < limit) return { steps, since }
  const [, ...whole] = steps
  return { steps: whole, since: whole[0]?.at ?? new Date() }
}
