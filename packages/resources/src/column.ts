import { isJsonObject, type Json, type JsonObject } from '@rollcall/shared/json'
import { isoTime, usableMilliseconds } from '@rollcall/shared/time'

/** Postgres types of mirrored columns, and what a query answers for them. */
export interface ColumnValues {
  text: string
  boolean: boolean
  jsonb: Json
  /** `pg` answers a text, for a `bigint` may exceed what a number holds. */
  bigint: string
  'timestamp with time zone': Date
}
export type ColumnType = keyof ColumnValues

/** A mirrored column: its Postgres type, and how to read it from what Clerk sent. */
export interface Column<Type extends ColumnType = ColumnType> {
  readonly type: Type
  /** The fields of Clerk's `data` that it is read from: where one is left out, the column has nothing to read. */
  readonly from: readonly string[]
  /** The field that it is whole and as it stands, so that the database can take it from `data`. */
  readonly copies?: string
  /** Whether it holds an email address, by which a person can be found who is not named by id. */
  readonly isAddress: boolean
  readonly read: (data: JsonObject) => Json
}

/** A field's name, or the fields and the function by which a value is found that is not simply a field. */
type Source = string | { readonly from: readonly string[]; readonly read: (data: JsonObject) => Json | undefined }

/**
 * Columns forgive: a value that is missing or of another type than it should be is null, never an error, because a
 * field that Clerk changes must not stop the pipeline [W3]. What was sent is in `data` either way.
 */
export const text = (source: Source) => column('text', source, (value) => typeof value === 'string')

/**
 * The longest text that an index takes, whatever it is made of: an entry of Postgres's has 2,704 bytes at the most, and each
 * of these is up to three. Clerk's ids, keys and addresses are far shorter; a longer one would fail its whole event.
 */
const MOST_INDEXED_LENGTH = 500

const isIndexable = (value: Json): value is string => typeof value === 'string' && value.length <= MOST_INDEXED_LENGTH

/** A text in a column that has an index [W21]. */
export const indexedText = (source: Source) => column('text', source, isIndexable)

/** An email address. */
export const address = (source: Source): Column<'text'> => ({ ...indexedText(source), isAddress: true })

/** The id of another entity. Clerk writes `""` where there is none. */
export const reference = (source: Source) => column('text', source, (value) => isIndexable(value) && value !== '')

export const boolean = (source: Source) => column('boolean', source, (value) => typeof value === 'boolean')

export const json = (source: Source): Column<'jsonb'> => ({
  ...column('jsonb', source, () => true),
  ...(typeof source === 'string' && { copies: source }),
})

/** A whole number; an amount of money in the currency's smallest unit, which Clerk sends as one. */
export const integer = (source: Source) => column('bigint', source, (value) => Number.isSafeInteger(value))

/** Clerk's times are milliseconds since the epoch. */
export function time(source: Source): Column<'timestamp with time zone'> {
  const milliseconds = column('timestamp with time zone', source, (value) => usableMilliseconds(value) !== undefined)
  return {
    ...milliseconds,
    read(data) {
      const value = usableMilliseconds(milliseconds.read(data))
      return value === undefined ? null : isoTime(value)
    },
  }
}

/** A value inside an embedded object, `within('payer', 'user_id')`. */
export const within = (field: string, ...path: readonly string[]): Source => ({
  from: [field],
  read: (data) => path.reduce((value, name) => (isJsonObject(value) ? value[name] : undefined), data[field]),
})

/** Of the entries of a list, a property of the one that a reference names: Clerk names a user's primary email so. */
export const ofEntry = (list: string, referenceField: string, property: string): Source => ({
  from: [list, referenceField],
  read: (data) => entryById(data[list], data[referenceField])?.[property],
})

function entryById(list: Json | undefined, id: Json | undefined): JsonObject | undefined {
  if (!Array.isArray(list) || typeof id !== 'string') return undefined
  return list.find((entry) => isJsonObject(entry) && entry.id === id)
}

function column<Type extends ColumnType>(type: Type, source: Source, fits: (value: Json) => boolean): Column<Type> {
  const { from, read } =
    typeof source === 'string' ? { from: [source], read: (data: JsonObject) => data[source] } : source
  return {
    type,
    from,
    isAddress: false,
    read(data) {
      const value = read(data) ?? null
      return fits(value) ? value : null
    },
  }
}
