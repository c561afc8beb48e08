import { isJsonObject, type Json, type JsonObject } from '@rollcall/shared/json'
import { isoTime, usableMilliseconds } from '@rollcall/shared/time'

/** A mirrored column: its Postgres type, and how to read it from what Clerk sent. */
export interface Column {
  readonly type: 'text' | 'boolean' | 'jsonb' | 'timestamp with time zone'
  readonly read: (data: JsonObject) => Json
}

type Reader = string | ((data: JsonObject) => Json | undefined)

/**
 * Columns forgive: a value that is missing or of another type than it should be is null, never an error, because a
 * field that Clerk changes must not stop the pipeline [W3]. What was sent is in `data` either way.
 *
 * Each takes a field's name, or a function where the value is not simply a field.
 */
export const text = (field: Reader): Column => column('text', field, (value) => typeof value === 'string')

export const boolean = (field: Reader): Column => column('boolean', field, (value) => typeof value === 'boolean')

export const json = (field: Reader): Column => column('jsonb', field, () => true)

/** Clerk's times are milliseconds since the epoch. */
export const time = (field: string): Column => ({
  type: 'timestamp with time zone',
  read(data) {
    const milliseconds = usableMilliseconds(data[field])
    return milliseconds === undefined ? null : isoTime(milliseconds)
  },
})

function column(type: Column['type'], field: Reader, fits: (value: Json) => boolean): Column {
  const valueIn = typeof field === 'string' ? (data: JsonObject) => data[field] : field
  return {
    type,
    read(data) {
      const value = valueIn(data) ?? null
      return fits(value) ? value : null
    },
  }
}

/** The entry of a list of objects whose `id` is `id`: Clerk names a user's primary email by reference. */
export function entryById(list: Json | undefined, id: Json | undefined): JsonObject | undefined {
  if (!Array.isArray(list) || typeof id !== 'string') return undefined
  return list.find((entry) => isJsonObject(entry) && entry.id === id)
}
