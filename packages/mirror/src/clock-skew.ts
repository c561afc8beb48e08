import { type Kysely, sql } from 'kysely'
import type { MirrorTables } from './tables.ts'

/** The quickest of some: what took longest was in a queue on one way, which nobody knows. */
const TRIES = 3

/**
 * By how many milliseconds Postgres's clock is ahead of ours. Postgres is taken to have looked at it in the middle of the
 * round trip, so that it is wrong by half of that at the most.
 */
export async function clockSkewMs(db: Kysely<MirrorTables>, now: () => number): Promise<number> {
  const samples = []
  for (let i = 0; i < TRIES; i++) samples.push(await sample(db, now))
  return samples.reduce((best, each) => (each.roundTripMs < best.roundTripMs ? each : best)).skewMs
}

async function sample(db: Kysely<MirrorTables>, now: () => number) {
  const askedAt = now()
  const { rows } = await sql<{ time: number }>`
    select (extract(epoch from clock_timestamp()) * 1000)::float8 as time`.execute(db)
  const answeredAt = now()
  return { roundTripMs: answeredAt - askedAt, skewMs: rows[0]!.time - (askedAt + answeredAt) / 2 }
}
