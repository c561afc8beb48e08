import { type Kysely, sql } from 'kysely'
import type { MirrorTables } from './tables.ts'

/** It reads the whole table, so it is given up before a process that waits for it runs out of time to stop. */
const MOST_MS = 15_000

/**
 * How many users of an instance there are, those not counted that are deleted. Bodies from before 2025 told of no instance:
 * rows without one count as its own.
 */
export function countUsers(db: Kysely<MirrorTables>, schema: string, instanceId: string): Promise<number> {
  return db.transaction().execute(async (transaction) => {
    await sql`set local statement_timeout = ${sql.lit(MOST_MS)}`.execute(transaction)
    const { rows } = await sql<{ count: string }>`
      select count(*) from ${sql.id(schema, 'users')}
      where deleted_at is null and (instance_id = ${instanceId} or instance_id is null)`.execute(transaction)
    return Number(rows[0]!.count)
  })
}
