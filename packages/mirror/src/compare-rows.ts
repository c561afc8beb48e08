import type { MirroredResource } from '@rollcall/resources/catalog'
import type { Row } from '@rollcall/resources/row'
import { toStorableJson } from '@rollcall/resources/storable'
import type { Json } from '@rollcall/shared/json'
import { type Kysely, sql } from 'kysely'
import type { MirrorTables } from './tables.ts'

/**
 * How a row of the mirror stands to what Clerk answered of the same entity.
 *
 * - `missing`: there is none.
 * - `older`: Clerk has changed the entity since.
 * - `changed`: it is of the same version and says something else.
 * - `same`: it says the same, in every column that events keep up to date.
 * - `newer`: an event told of a change that came after Clerk's answer, or without a time of its own.
 * - `deleted`: it is deleted, for good or with its owner, and no answer revives it [V3].
 */
export type Comparison = 'missing' | 'older' | 'changed' | 'same' | 'newer' | 'deleted'

/** The comparisons after which the row is to be written. */
export const DRIFTS = ['missing', 'older', 'changed'] as const satisfies readonly Comparison[]
export type Drift = (typeof DRIFTS)[number]

/** A snapshot's row, with what only events tell of it as the mirror holds that [K4]. */
export interface Compared {
  readonly row: Row
  readonly comparison: Comparison
}

/**
 * Compares rows that snapshots tell of with the mirror's, in the order given. It takes no lock: a row that an event
 * writes at the same moment is guarded when it is written, not here.
 *
 * Only columns are compared, not `data`: a webhook and the Backend API put the same state into JSON that differs in
 * fields which nobody mirrors, and what they embed of other entities has events of its own. What is told of a user may
 * have been erased with the user. An answer without a time of its own is compared by its values alone [K3].
 */
export async function compareRows(
  db: Kysely<MirrorTables>,
  schema: string,
  resource: MirroredResource,
  rows: readonly Row[],
): Promise<readonly Compared[]> {
  if (rows.length === 0) return []
  const table = sql.id(schema, resource.table)
  const compared = Object.keys(resource.columns).filter(
    (column) => !resource.untold.includes(column) && !resource.withheld.includes(column),
  )
  const personal = new Set(Object.values(resource.personal).flat())
  const current = sql.join(compared.map((column) => sql.id('current', column)))
  const incoming = sql.join(
    compared.map((column) =>
      personal.has(column)
        ? sql`case when ${sql.id('current', column)} is not null then ${sql.id('incoming', column)} end`
        : sql.id('incoming', column),
    ),
  )
  const hasTime = 'updated_at' in resource.columns ? sql`incoming.updated_at is not null` : sql`true`
  const withheld = sql.join(
    resource.withheld.map((column) => sql`, current.${sql.id(column)}`),
    sql``,
  )

  const withoutData = rows.map(({ data: _, ...row }) => row)
  const { rows: found } = await sql<{ id: string; comparison: Comparison } & Record<string, Json>>`
    select incoming.id,
      case
        when current.id is null then 'missing'
        when current.deleted_at is not null then 'deleted'
        when current.version < incoming.version and ${hasTime} then 'older'
        when (current.version, current.occurred_at) > (incoming.version, incoming.occurred_at) then 'newer'
        when (${current}) is distinct from (${incoming}) then 'changed'
        else 'same'
      end as comparison
      ${withheld}
    from jsonb_populate_recordset(null::${table}, ${toStorableJson(withoutData)}::jsonb) as incoming
    left join ${table} as current on current.id = incoming.id`.execute(db)

  const byId = new Map(found.map((answer) => [answer.id, answer]))
  return rows.map((row) => {
    const { comparison, ...held } = byId.get(row.id)!
    if (resource.withheld.length === 0) return { row, comparison }
    const kept = resource.withheld.map((column) => [column, row[column] ?? held[column] ?? null])
    return { row: { ...row, ...Object.fromEntries(kept) }, comparison }
  })
}

export const isDrift = (comparison: Comparison): comparison is Drift => DRIFTS.some((drift) => drift === comparison)
