import type { Json } from '@rollcall/shared/json'

/** What stands for a character that Postgres does not store: Unicode's own sign for «was not representable». */
const REPLACEMENT = '\uFFFD'

/** A text that Postgres stores: U+0000 and lone surrogates are replaced, all else is as it was [W4]. */
export const storableText = (text: string): string => text.replaceAll('\u0000', REPLACEMENT).toWellFormed()

/**
 * A JSON text that Postgres stores as `jsonb`. Both kinds of character that it refuses leave `JSON.stringify` as an
 * escape, so a text without one (nearly all) is passed on as it is.
 */
export function toStorableJson(value: Json): string {
  const text = JSON.stringify(value)
  return text.includes('\\u') ? JSON.stringify(storable(value)) : text
}

function storable(value: Json | undefined): Json {
  if (typeof value === 'string') return storableText(value)
  if (value === undefined || value === null || typeof value !== 'object') return value ?? null
  if (Array.isArray(value)) return value.map(storable)
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [storableText(key), storable(entry)]))
}
