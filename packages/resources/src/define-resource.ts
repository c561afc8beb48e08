import { type Envelope, idIn } from '@rollcall/shared/envelope'
import { PipelineError } from '@rollcall/shared/errors'
import { isJsonObject, type Json, type JsonObject } from '@rollcall/shared/json'
import { isoTime, usableMilliseconds } from '@rollcall/shared/time'
import type { Column } from './column.ts'
import type { Row } from './row.ts'
import { storableText } from './storable.ts'

/** What an event asks of its row. */
export type Change = 'upsert' | 'delete'

/** Another entity with which a row goes when that is deleted. */
export interface Owner {
  /** The owner's resource. */
  readonly resource: string
  /** Only while a column of the row holds this value, as `{ status: 'pending' }`. */
  readonly while?: Readonly<Record<string, string>>
}

/** What is said of a resource: which events change it, and the row that each asks for. */
interface Description<Name extends string, EventType extends string> {
  readonly name: Name
  readonly table: string
  /** Whether it is mirrored unless `rollcall.config.ts` says otherwise. */
  readonly byDefault: 'on' | 'off'
  readonly events: Readonly<Record<EventType, Change>>
  /**
   * The owners that its rows go with [T3], by the column that names them: by id, or, where the column is an address, as
   * the user whose address it was.
   */
  readonly owners: Readonly<Record<string, Owner>>
  /**
   * What its rows tell of a user who is not their owner, by the column that names the user: the fields that are erased
   * with the user, while the row stays [T6].
   */
  readonly personal: Readonly<Record<string, readonly string[]>>
  /** Fields that hold (part of) another entity: what is left out of that one's resource is left out of these too [T8]. */
  readonly embeds: Readonly<Record<string, string>>
  /** Fields of Clerk's `data` that have no column of their own, known so that they can be left out. */
  readonly otherFields: readonly string[]
  /**
   * Columns whose value moves at Clerk without an event, as counts and `last_active_at` do: a difference in them alone
   * says of no event that it was lost [K3].
   */
  readonly untold: readonly string[]
  /** Columns that only events tell of: the Backend API's JSON has nothing to read them from [K4]. */
  readonly withheld: readonly string[]
}

/** An entity as Clerk's Backend API answered it. */
export interface Snapshot {
  readonly data: Json
  /** When it was read, in milliseconds: no event that is older can tell more of the same version. */
  readonly readAt: number
  readonly instanceId: string | null
}

/** By resource, the fields of its `data` that are left out. */
export type Omissions = Readonly<Record<string, ReadonlySet<string>>>

/** One kind of Clerk resource, ready for use. Its parameters are there for those who write `rollcall.config.ts`. */
export interface Resource<
  Name extends string = string,
  Columns extends Readonly<Record<string, Column>> = Readonly<Record<string, Column>>,
  OtherField extends string = string,
  EventType extends string = string,
> extends Description<Name, EventType> {
  readonly columns: Columns
  readonly otherFields: readonly OtherField[]
  /** Folder of the table's migrations: plain SQL, in the order of their names. */
  readonly migrations: URL
  /** Folder of example bodies, `<event.type>.json`. */
  readonly fixtures: URL
  /**
   * The row that a verified event asks for, without what is left out. Throws `payload_invalid` where Clerk sent
   * something else.
   */
  toRow(envelope: Envelope, omissions?: Omissions): Row
  /** The row that a snapshot tells of, by the same mapping. Throws `payload_invalid` where it is no entity. */
  snapshotRow(snapshot: Snapshot, omissions?: Omissions): Row
  /** What remains of an entity of which Clerk says, at this time in milliseconds, that it is no more. */
  goneRow(gone: { readonly id: string; readonly goneAt: number; readonly instanceId: string | null }): Row
  /** The data without what is left out of it and of what it embeds. */
  withoutOmitted(data: JsonObject, omissions: Omissions): JsonObject
}

type Optional = 'byDefault' | 'owners' | 'personal' | 'embeds'

type Definition<Name extends string, Columns, OtherField extends string, EventType extends string> = Omit<
  Description<Name, EventType>,
  Optional | 'otherFields' | 'untold' | 'withheld'
> &
  Partial<Pick<Description<Name, EventType>, Optional>> & {
    readonly columns: Columns
    readonly otherFields?: readonly OtherField[]
    readonly untold?: readonly (keyof Columns & string)[]
    readonly withheld?: readonly (keyof Columns & string)[]
    /** The module's own `import.meta.url`; `migrations/` and `fixtures/` lie beside it. */
    readonly module: string
  }

/** Makes a resource of its definition. It relies on `data.id` and on nothing else [W3]. */
export function defineResource<
  const Name extends string,
  Columns extends Readonly<Record<string, Column>>,
  EventType extends string,
  const OtherField extends string = never,
>({
  module,
  ...definition
}: Definition<Name, Columns, OtherField, EventType>): Resource<Name, Columns, OtherField, EventType> {
  const columns = Object.entries(definition.columns)
  const changes: Readonly<Record<string, Change>> = definition.events
  const erased = Object.fromEntries(columns.map(([name]) => [name, null]))

  const embeds = Object.entries(definition.embeds ?? {})

  function withoutOmitted(data: JsonObject, omissions: Omissions): JsonObject {
    const kept = withoutFields(data, omissions[definition.name])
    const embedded = embeds.flatMap(([field, resource]) => {
      const value = kept[field]
      return isJsonObject(value) ? [[field, withoutFields(value, omissions[resource])] as const] : []
    })
    return embedded.length === 0 ? kept : { ...kept, ...Object.fromEntries(embedded) }
  }

  /** The mirrored columns, without what is left out. */
  function read(data: JsonObject, omissions: Omissions): Pick<Row, 'data'> {
    const kept = withoutOmitted(data, omissions)
    const omitted = omissions[definition.name]
    // A column that is read from several fields must not fall back on one where another is left out [T8].
    // Nearly everybody leaves out nothing, and every event passes here.
    const isOmitted = ({ from }: Column) =>
      omitted !== undefined && omitted.size > 0 && from.some((field) => omitted.has(field))
    return {
      ...Object.fromEntries(columns.map(([name, column]) => [name, isOmitted(column) ? null : column.read(kept)])),
      data: kept,
    }
  }

  function entityIn(data: Json | undefined, source: string): { readonly id: string; readonly data: JsonObject } {
    if (!isJsonObject(data)) throw invalid(source, '`data` is not an object')
    const id = idIn(data)
    if (id === null) throw invalid(source, '`data.id` is not a text of 1 to 255 characters')
    return { id: storableText(id), data }
  }

  function toRow(envelope: Envelope, omissions: Omissions = {}): Row {
    const { id, data } = entityIn(envelope.data, envelope.type)
    const { occurredAt, instanceId } = envelope
    if (changes[envelope.type] === 'delete') {
      return { ...goneRow({ id, goneAt: occurredAt, instanceId }), event_id: envelope.messageId }
    }
    return {
      ...read(data, omissions),
      id,
      version: usableMilliseconds(data.updated_at) ?? occurredAt,
      occurred_at: isoTime(occurredAt),
      deleted_at: null,
      event_id: envelope.messageId,
      instance_id: instanceId,
    }
  }

  function snapshotRow({ data: answer, readAt, instanceId }: Snapshot, omissions: Omissions = {}): Row {
    const { id, data } = entityIn(answer, definition.name)
    return {
      ...read(data, omissions),
      id,
      version: usableMilliseconds(data.updated_at) ?? readAt,
      occurred_at: isoTime(readAt),
      deleted_at: null,
      event_id: null,
      instance_id: instanceId,
    }
  }

  const goneRow: Resource['goneRow'] = ({ id, goneAt, instanceId }) => ({
    ...erased,
    id,
    data: null,
    version: goneAt,
    occurred_at: isoTime(goneAt),
    deleted_at: isoTime(goneAt),
    event_id: null,
    instance_id: instanceId,
  })

  return {
    byDefault: 'on',
    owners: {},
    personal: {},
    embeds: {},
    otherFields: [],
    untold: [],
    withheld: [],
    ...definition,
    migrations: new URL('./migrations/', module),
    fixtures: new URL('./fixtures/', module),
    toRow,
    snapshotRow,
    goneRow,
    withoutOmitted,
  }
}

const withoutFields = (data: JsonObject, omit: ReadonlySet<string> | undefined): JsonObject =>
  omit === undefined || omit.size === 0
    ? data
    : Object.fromEntries(Object.entries(data).filter(([field]) => !omit.has(field)))

const invalid = (source: string, reason: string) => new PipelineError('payload_invalid', `${source}: ${reason}`)
