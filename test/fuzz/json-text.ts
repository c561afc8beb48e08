import fc from 'fast-check'

/**
 * JSON as text, not as values: what makes trouble is often not to be had as a value, as a key that comes twice or a number
 * that no machine holds.
 */
export type JsonText = fc.Arbitrary<string>

/** Statements that end the one they stand in, wherever a text is put into SQL without being quoted. */
const SQL_PIECES = [
  "'; drop table clerk.users; --",
  "' or '1'='1",
  '"; delete from clerk.webhook_events; --',
  '$$; drop schema clerk cascade; $$',
  "\\'; truncate clerk.users; --",
  "'||pg_sleep(9)||'",
  '/* */ union select null --',
  "%' escape '!",
  ':name ?? $1',
  'null::jsonb',
]

/** What means something to somebody on the way: to Postgres's text and JSON, to JavaScript, to Redis, to logs. */
const TELLING_PIECES = [
  '\u0000',
  '\ud800',
  '\udfff',
  '\udc00\ud800',
  '\\u0000',
  '\\ud800',
  '\ufffd',
  '\ufeff',
  '\u2028',
  '\u202e',
  '\r\n',
  '\u001b[31m',
  '{}',
  '"',
  '\\',
  'user_2rollcallExampleAda00001',
  'NaN',
  'infinity',
  '-infinity',
  '0001-01-01T00:00:00Z',
  '294277-01-01',
  '2026-02-30T25:61:61Z',
  'İΣßﬁ',
]

const codePoint = fc.integer({ min: 0, max: 0x10ffff }).map((code) => String.fromCodePoint(code))
const ascii = fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code))

/** Any characters of any plane, surrogates that lack the other half among them, and pieces that mean something. */
export const anyText: fc.Arbitrary<string> = fc
  .array(
    fc.oneof(
      { weight: 6, arbitrary: ascii },
      { weight: 3, arbitrary: codePoint },
      { weight: 1, arbitrary: fc.constantFrom(...SQL_PIECES) },
      { weight: 2, arbitrary: fc.constantFrom(...TELLING_PIECES) },
    ),
    { maxLength: 8 },
  )
  .map((pieces) => pieces.join(''))

/** Keys that every JavaScript object has from its prototype, that change one, or that some reader takes for its own. */
export const ODD_KEYS = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'valueOf',
  'hasOwnProperty',
  'toJSON',
  'then',
  'length',
  '0',
  '',
  '__defineGetter__',
] as const

const NUMBERS = [
  '0',
  '-0',
  '1',
  '-1',
  '0.1',
  '1e21',
  '1E+2',
  '5e-324',
  '1e308',
  '-1e308',
  '1e400',
  '-1e400',
  '1e-400',
  '2147483648',
  '9007199254740993',
  '9223372036854775807',
  '9223372036854775808',
  '-9223372036854775809',
  '18446744073709551616',
  '123456789012345678901234567890',
  '99999999999',
  '100000000000',
  '1764000000000',
  '1764000000000.5',
  '253402300799999',
  '253402300800000',
  '8640000000000001',
  `${'9'.repeat(400)}`,
  `0.${'1'.repeat(400)}`,
]

const numberText = fc.oneof(
  fc.constantFrom(...NUMBERS),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => JSON.stringify(value)),
  fc.integer({ min: 1_763_900_000_000, max: 1_764_100_000_000 }).map(String),
)

/** As JSON writes a text: escaped where it must be, or each character of it. */
const quoted = fc
  .tuple(anyText, fc.nat(9))
  .map(([text, style]) => (style === 0 ? `"${escapedWhole(text)}"` : JSON.stringify(text)))

const escapedWhole = (text: string): string =>
  Array.from({ length: text.length }, (_, i) => `\\u${text.charCodeAt(i).toString(16).padStart(4, '0')}`).join('')

const MEGABYTE = 1_000_000
const HUNDRED_THOUSAND = 100_000
const once = (make: () => string): (() => string) => {
  let made: string | undefined
  return () => (made ??= make())
}
const nested = (open: string, close: string, levels: number) =>
  once(() => `${open.repeat(levels)}1${close.repeat(levels)}`)

/** What is large or deep, by what it is; each made when it is first wanted. The seed is no part of them. */
const HUGE: Readonly<Record<string, () => string>> = {
  'text of 1 MB': once(() => `"${'a'.repeat(MEGABYTE)}"`),
  'random text of 20 KB': once(() => `"${scrambled(20_000)}"`),
  'text of escapes': once(() => `"${'\\ud83d\\ude00\\u0000'.repeat(20_000)}"`),
  'array of 100,000': once(() => `[${Array.from({ length: HUNDRED_THOUSAND }, (_, i) => i).join(',')}]`),
  'array of objects': once(() => `[${'{},'.repeat(HUNDRED_THOUSAND)}{}]`),
  'object of 50,000 keys': once(() => `{${Array.from({ length: 50_000 }, (_, i) => `"k${i}":${i}`).join(',')}}`),
  'one key 50,000 times': once(() => `{${'"k":1,'.repeat(50_000)}"k":2}`),
  'ids of 20,000 users': once(() => `"${Array.from({ length: 20_000 }, (_, i) => `user_${i}`).join(' ')}"`),
  'id of a user, 9 KB': once(() => `"user_${scrambled(9_000)}"`),
  '400 levels': nested('[', ']', 400),
  '497 levels of objects': nested('{"a":', '}', 497),
  '600 levels': nested('[', ']', 600),
  '100,000 levels': nested('[', ']', HUNDRED_THOUSAND),
  '50,000 levels of objects': nested('{"a":', '}', 50_000),
  'number of 100,000 digits': once(() => '7'.repeat(HUNDRED_THOUSAND)),
}

/** Letters that nothing can compress much. */
export function scrambled(length: number): string {
  let state = 1
  const next = () => {
    state = (state * 48_271) % 2_147_483_647
    return (state % 36).toString(36)
  }
  return Array.from({ length }, next).join('')
}

export const hugeKinds = Object.keys(HUGE)
const huge: JsonText = fc.constantFrom(...hugeKinds).map((kind) => HUGE[kind]!())

export const anyKey: fc.Arbitrary<string> = fc.oneof(fc.constantFrom(...ODD_KEYS), anyText)

const simple = fc.oneof(
  { weight: 4, arbitrary: quoted },
  { weight: 3, arbitrary: numberText },
  { weight: 2, arbitrary: fc.constantFrom('true', 'false', 'null', '""', '{}', '[]') },
)

export const objectOf = (entries: readonly (readonly [string, string])[]): string =>
  `{${entries.map(([key, value]) => `${JSON.stringify(key)}:${value}`).join(',')}}`

const shallow = fc.oneof(
  { weight: 3, arbitrary: simple },
  { weight: 1, arbitrary: fc.array(simple, { maxLength: 4 }).map((items) => `[${items.join(', ')}]`) },
  { weight: 1, arbitrary: fc.array(fc.tuple(anyKey, simple), { maxLength: 4 }).map(objectOf) },
)

/** Any JSON. Something huge once in so many: it takes as long as thousands of others. */
export const anyJsonText = (hugeOnceIn: number): JsonText =>
  fc.oneof(
    { weight: hugeOnceIn, arbitrary: shallow },
    {
      weight: Math.ceil(hugeOnceIn / 8),
      arbitrary: fc.array(fc.tuple(anyKey, shallow), { maxLength: 3 }).map(objectOf),
    },
    { weight: 1, arbitrary: huge },
  )
