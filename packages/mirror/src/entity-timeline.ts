import type { Catalog } from '@rollcall/resources/catalog'
import { type Kysely, sql } from 'kysely'
import { DETAIL_COLUMNS, DETAIL_EXPRESSIONS, type EventDetail } from './event-detail.ts'
import type { MirrorTables } from './tables.ts'

export interface Timeline {
  /** Oldest first, in order of occurrence. */
  readonly events: readonly EventDetail[]
  /** Whether there are older ones. */
  readonly isCut: boolean
  /** The entity as it is now: a row, of one table unless ids of two resources are alike. */
  readonly rows: readonly EntityRow[]
}

export interface EntityRow {
  readonly resource: string
  readonly table: string
  readonly row: Readonly<Record<string, unknown>>
}

/** The newest events about an entity, and its row. */
export async function entityTimeline(
  db: Kysely<MirrorTables>,
  schema: string,
  catalog: Catalog,
  entityId: string,
  limit: number,
): Promise<Timeline> {
  const newest = await db
    .selectFrom('webhook_events')
    .select(DETAIL_COLUMNS)
    .select(DETAIL_EXPRESSIONS)
    .where('entity_id', '=', entityId)
    .orderBy('occurred_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit + 1)
    .execute()
  return {
    events: newest.slice(0, limit).toReversed(),
    isCut: newest.length > limit,
    rows: await readRows(db, schema, catalog, entityId),
  }
}

async function readRows(
  db: Kysely<MirrorTables>,
  schema: string,
  catalog: Catalog,
  id: string,
): Promise<readonly EntityRow[]> {
  const found: EntityRow[] = []
  for (const { name, table } of catalog.mirrored) {
    const { rows } = await sql<EntityRow['row']>`select * from ${sql.id(schema, table)} where id = ${id}`.execute(db)
    found.push(...rows.map((row) => ({ resource: name, table, row })))
  }
  return found
}
