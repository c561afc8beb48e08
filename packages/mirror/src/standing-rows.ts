import { type Kysely, sql } from 'kysely'
import type { RequestedRow } from './requested-row.ts'
import type { MirrorTables, StaleAgainst } from './tables.ts'

/** Where the rows stand now that these did not change: why each of them was stale, by the table and the id. */
export async function standingRows(
  db: Kysely<MirrorTables>,
  schema: string,
  stale: readonly RequestedRow[],
): Promise<(requested: RequestedRow) => StaleAgainst | null> {
  const found = new Map<string, StaleAgainst>()
  for (const [table, requested] of Map.groupBy(stale, ({ resource }) => resource.table)) {
    const ids = requested.map(({ row }) => row.id)
    const { rows } = await sql<StandingRow>`
      select id, event_id, version, occurred_at, deleted_at is not null as deleted
      from ${sql.id(schema, table)} where id = any(${ids})`.execute(db)
    for (const { id, event_id, version, occurred_at, deleted } of rows) {
      const at = occurred_at.toISOString()
      found.set(`${table} ${id}`, { event_id, version: Number(version), occurred_at: at, deleted })
    }
  }
  return ({ resource, row }) => found.get(`${resource.table} ${row.id}`) ?? null
}

interface StandingRow {
  readonly id: string
  readonly event_id: string | null
  readonly version: string
  readonly occurred_at: Date
  readonly deleted: boolean
}
