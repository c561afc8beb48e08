const REPLACEMENT = '\ufffd'

/**
 * What Postgres is to hold of a JSON value, told by the rules alone: numbers as JavaScript reads them and JSON can say them,
 * and a replacement for each character that Postgres does not store [W4] [W23].
 */
export function asStored(value: unknown): unknown {
  if (typeof value === 'string') return storedText(value)
  if (typeof value === 'number') return Number.isFinite(value) ? value + 0 : null
  if (Array.isArray(value)) return value.map((each) => asStored(each))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [storedText(key), asStored(inner)]))
}

/** Character by character: a half of a pair is alone where the other half is not beside it. */
export const storedText = (text: string): string =>
  Array.from(text, (character) => (/^[\0\ud800-\udfff]$/.test(character) ? REPLACEMENT : character)).join('')
