import { type Envelope, entityId } from '@rollcall/shared/envelope'
import { PipelineError } from '@rollcall/shared/errors'
import { isJsonObject, type JsonObject } from '@rollcall/shared/json'
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
  /** The data without what is left out of it and of what it embeds. */
  withoutOmitted(data: JsonObject, omissions: Omissions): JsonObject
}

type Optional = 'byDefault' | 'owners' | 'personal' | 'embeds'

type Definition<Name extends string, Columns, OtherField extends string, EventType extends string> = Omit<
  Description<Name, EventType>,
  Optional | 'otherFields'
> &
  Partial<Pick<Description<Name, EventType>, Optional>> & {
    readonly columns: Columns
    readonly otherFields?: readonly OtherField[]
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

  function toRow(envelope: Envelope, omissions: Omissions = {}): Row {
    const id = entityId(envelope)
    if (!isJsonObject(envelope.data)) throw invalid(envelope, '`data` is not an object')
    if (id === null) throw invalid(envelope, '`data.id` is not a text of 1 to 255 characters')

    const isDelete = changes[envelope.type] === 'delete'
    const data = withoutOmitted(envelope.data, omissions)
    const omitted = omissions[definition.name]
    // A column that is read from several fields must not fall back on one where another is left out [T8].
    // Nearly everybody leaves out nothing, and every event passes here.
    const isOmitted = ({ from }: Column) =>
      omitted !== undefined && omitted.size > 0 && from.some((field) => omitted.has(field))
    const mirrored = isDelete
      ? erased
      : Object.fromEntries(columns.map(([name, column]) => [name, isOmitted(column) ? null : column.read(data)]))
    return {
      ...mirrored,
      id: storableText(id),
      data: isDelete ? null : data,
      version: isDelete ? envelope.occurredAt : (usableMilliseconds(envelope.data.updated_at) ?? envelope.occurredAt),
      occurred_at: isoTime(envelope.occurredAt),
      deleted_at: isDelete ? isoTime(envelope.occurredAt) : null,
      event_id: envelope.messageId,
      instance_id: envelope.instanceId,
    }
  }

  return {
    byDefault: 'on',
    owners: {},
    personal: {},
    embeds: {},
    otherFields: [],
    ...definition,
    migrations: new URL('./migrations/', module),
    fixtures: new URL('./fixtures/', module),
    toRow,
    withoutOmitted,
  }
}

const withoutFields = (data: JsonObject, omit: ReadonlySet<string> | undefined): JsonObject =>
  omit === undefined || omit.size === 0
    ? data
    : Object.fromEntries(Object.entries(data).filter(([field]) => !omit.has(field)))

const invalid = (envelope: Envelope, reason: string) =>
  new PipelineError('payload_invalid', `${envelope.type}: ${reason}`)
