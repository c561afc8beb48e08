import type { JsonObject } from '@rollcall/shared/json'
import { columnsOf, type Table, tableOf } from './expected-row.ts'
import type { Happening } from './history.ts'

/** A row of a mirrored table as it must be, all columns but when it was written. Times are milliseconds. */
export type ExpectedRow = JsonObject & { readonly id: string }

/** Knows from the ordered history alone what must be in the mirror. */
export interface Oracle {
  /** How many rows there must be. */
  readonly count: number
  /** Takes note of what happened, in the order in which it did. */
  observe(happening: Happening): void
  /** The rows of a table, by id. */
  rows(table: Table): ReadonlyMap<string, ExpectedRow>
  /** The entity that an event is about. */
  entityOf(messageId: string): Entity
}

export interface Entity {
  readonly table: Table
  readonly id: string
}

/** What the oracle keeps of an entity: the last event that told of it, and that of its end. */
interface Known extends Entity {
  told?: Told
  ended?: Told
}

interface Told {
  readonly messageId: string
  readonly occurredAt: number
  readonly instanceId: string
  readonly data: JsonObject
}

export function createOracle(): Oracle {
  const entities = new Map<string, Known>()
  const byMessage = new Map<string, Known>()

  function expectedRow(known: Known): ExpectedRow {
    const { table, id, told, ended } = known
    if (ended)
      return {
        id,
        ...columnsOf(table, undefined),
        ...place(ended, ended.occurredAt),
        ...deletion(known, ended.occurredAt),
      }
    const owners = table === 'organization_memberships' ? ownersOf(told!.data) : []
    const ends = owners.flatMap((owner) => entities.get(owner)?.ended?.occurredAt ?? [])
    const isGone = ends.length > 0
    const version = told!.data.updated_at as number
    return {
      id,
      ...columnsOf(table, isGone ? undefined : told!.data),
      ...place(told!, version),
      ...(isGone ? deletion(known, Math.min(...ends), owners) : deletion(known, null)),
    }
  }

  return {
    get count() {
      return entities.size
    },
    observe({ messageId, body }) {
      const id = body.data.id as string
      const known: Known = entities.get(id) ?? { table: tableOf(body.type), id }
      entities.set(id, known)
      byMessage.set(messageId, known)
      const told = { messageId, occurredAt: body.timestamp, instanceId: body.instance_id, data: body.data }
      if (body.type.endsWith('.deleted')) known.ended = told
      else known.told = told
    },
    rows: (table) =>
      new Map(
        [...entities.values()].filter((each) => each.table === table).map((each) => [each.id, expectedRow(each)]),
      ),
    entityOf: (messageId) => byMessage.get(messageId)!,
  }
}

const ownersOf = (data: JsonObject): readonly string[] => [
  (data.organization as JsonObject).id as string,
  (data.public_user_data as JsonObject).user_id as string,
]

/** Where a row stands in its history. */
const place = ({ messageId, occurredAt, instanceId }: Told, version: number): JsonObject => ({
  version,
  occurred_at: occurredAt,
  event_id: messageId,
  instance_id: instanceId,
})

/** Whether it was deleted, and with whom where that was not by an event of its own [T3] [T4]. */
const deletion = ({ table }: Known, deletedAt: number | null, owners: readonly string[] = []): JsonObject => ({
  deleted_at: deletedAt,
  ...(table === 'organization_memberships' && { deleted_with: owners.length > 0 ? [...owners] : null }),
})
