import { type Envelope, entityId } from '@rollcall/shared/envelope'
import { PipelineError } from '@rollcall/shared/errors'
import { isJsonObject, type Json, type JsonObject } from '@rollcall/shared/json'
import { isoTime, usableMilliseconds } from '@rollcall/shared/time'
import type { Column } from './column.ts'
import type { Standing } from './standing.ts'
import { storableText } from './storable.ts'

/** What an event asks of its row. */
export type Change = 'upsert' | 'delete'

/** A row ready to write: the mirrored columns, and where the row stands in its history. Times are ISO 8601. */
export interface Row {
  readonly id: string
  readonly version: number
  readonly occurred_at: string
  readonly deleted_at: string | null
  /** Null where no event wrote the row: a backfill did. */
  readonly event_id: string | null
  readonly instance_id: string | null
  readonly data: JsonObject | null
  readonly [column: string]: Json
}

/** One kind of Clerk resource: which events change it, and the row that each asks for. */
export interface Resource {
  readonly name: string
  readonly table: string
  readonly events: Readonly<Record<string, Change>>
  readonly columns: Readonly<Record<string, Column>>
  /** Folder of the table's migrations: plain SQL, in the order of their names. */
  readonly migrations: URL
  /** Folder of example bodies, `<event.type>.json`. */
  readonly fixtures: URL
  /** The row that a verified event asks for. Throws `payload_invalid` where Clerk sent something else. */
  toRow(envelope: Envelope): Row
}

export type Definition = Omit<Resource, 'toRow' | 'migrations' | 'fixtures'> & {
  /** The module's own `import.meta.url`; `migrations/` and `fixtures/` lie beside it. */
  readonly module: string
}

/** Makes a resource of its definition. It relies on `data.id` and on nothing else [W3]. */
export function defineResource({ module, ...definition }: Definition): Resource {
  const columns = Object.entries(definition.columns)
  const erased = Object.fromEntries(columns.map(([name]) => [name, null]))

  function toRow(envelope: Envelope): Row {
    const { data } = envelope
    const id = entityId(envelope)
    if (!isJsonObject(data)) throw invalid(envelope, '`data` is not an object')
    if (id === null) throw invalid(envelope, '`data.id` is not a text of 1 to 255 characters')

    const isDelete = definition.events[envelope.type] === 'delete'
    const mirrored = isDelete ? erased : Object.fromEntries(columns.map(([name, { read }]) => [name, read(data)]))
    return {
      ...mirrored,
      id: storableText(id),
      data: isDelete ? null : data,
      version: isDelete ? envelope.occurredAt : (usableMilliseconds(data.updated_at) ?? envelope.occurredAt),
      occurred_at: isoTime(envelope.occurredAt),
      deleted_at: isDelete ? isoTime(envelope.occurredAt) : null,
      event_id: envelope.messageId,
      instance_id: envelope.instanceId,
    }
  }

  return {
    ...definition,
    migrations: new URL('./migrations/', module),
    fixtures: new URL('./fixtures/', module),
    toRow,
  }
}

const invalid = (envelope: Envelope, reason: string) =>
  new PipelineError('payload_invalid', `${envelope.type}: ${reason}`)

export const standingOf = (row: Row): Standing => [
  row.deleted_at !== null,
  row.version,
  Date.parse(row.occurred_at),
  row.event_id ?? '',
]
