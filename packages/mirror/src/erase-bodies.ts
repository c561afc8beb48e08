import type { Catalog } from '@rollcall/resources/catalog'
import { type Kysely, sql } from 'kysely'
import type { Erased } from './consequences.ts'
import type { Forgotten } from './erase-personal.ts'
import { hasOwners } from './row-columns.ts'
import type { MirrorTables } from './tables.ts'

/** What stands for an error's text, which may quote what the event said: its code is kept. */
const ERASED = ': erased with what it was about'

/**
 * Erases the kept bodies and the errors of events about these entities, and of those that tell of these users; answers
 * the ids of the events [T7]. The body of an event whose handler has not run is spared, and goes as soon as it has.
 */
export async function eraseBodies(
  db: Kysely<MirrorTables>,
  schema: string,
  erased: Erased,
): Promise<readonly string[]> {
  if (erased.entities.length === 0 && erased.users.length === 0) return []
  if (erased.forgotten.length > 0) await attribute(db, schema, erased.forgotten)
  const table = sql.id(schema, 'webhook_events')
  const withoutText = (column: string) => sql`split_part(${sql.ref(column)}, ':', 1) || ${ERASED}`
  const { rows } = await sql<{ id: string }>`
    with affected as (
      select id from ${table}
      where (entity_id = any(${erased.entities}) or user_ids && ${erased.users}::text[])
        and handling is distinct from 'waiting'
        and (body is not null or error <> ${withoutText('error')} or handler_error <> ${withoutText('handler_error')})
      order by id
      for no key update
    )
    update ${table} as current set
      body = null,
      error = ${withoutText('error')},
      handler_error = ${withoutText('handler_error')},
      error_group = split_part(error_group, ':', 1)
    from affected where current.id = affected.id
    returning current.id`.execute(db)
  return rows.map((row) => row.id)
}

/**
 * Notes, beside bodies about rows that named a user by address, the user that they tell of. One whose handler runs at this
 * moment is held by it, for as long as that takes, and is left: no batch waits for a handler [H3].
 */
async function attribute(db: Kysely<MirrorTables>, schema: string, forgotten: readonly Forgotten[]): Promise<void> {
  const table = sql.id(schema, 'webhook_events')
  await sql`
    with forgotten as (
      select * from jsonb_to_recordset(${JSON.stringify(forgotten)}::jsonb) as forgotten(id text, user_id text)
    ), affected as (
      select events.id, forgotten.user_id
      from ${table} as events join forgotten on forgotten.id = events.entity_id
      where events.body is not null and events.user_ids is null
      order by events.id
      for no key update of events skip locked
    )
    update ${table} as current set user_ids = array[affected.user_id]
    from affected where current.id = affected.id`.execute(db)
}

/**
 * Messages whose events failed and have been erased, about these entities, about what went with them, or telling of them:
 * their jobs have to leave the queue's failed set. Asked of what is committed, so that asking twice answers the same.
 */
export async function erasedFailures(
  db: Kysely<MirrorTables>,
  schema: string,
  catalog: Catalog,
  entities: readonly string[],
): Promise<readonly string[]> {
  const wentWith = catalog.mirrored
    .filter(hasOwners)
    .map(
      ({ table }) => sql` union all select id from ${sql.id(schema, table)} where deleted_with && ${entities}::text[]`,
    )
  const { rows } = await sql<{ id: string }>`
    select id from ${sql.id(schema, 'webhook_events')}
    where outcome = 'failed' and body is null
      and (user_ids && ${entities}::text[]
        or entity_id = any(array(select unnest(${entities}::text[])${sql.join(wentWith, sql``)})))`.execute(db)
  return rows.map((row) => row.id)
}
