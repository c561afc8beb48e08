import assert from 'node:assert/strict'
import { type Interpretation, interpret } from '@rollcall/mirror/interpret'
import { ledgerEntry } from '@rollcall/mirror/ledger-entry'
import { rowsJson } from '@rollcall/mirror/row-columns'
import type { Catalog } from '@rollcall/resources/catalog'
import type { ColumnType } from '@rollcall/resources/column'
import { toStorableJson } from '@rollcall/resources/storable'
import { packBody } from '@rollcall/shared/delivery'
import type { Json } from '@rollcall/shared/json'
import type { FuzzedBody } from './bodies.ts'

/** What became of a body, as far as it alone tells. */
export type Verdict = 'row' | 'ignored' | 'failed'

/** Far above what any body of a megabyte takes, on a slow machine with others beside it. */
const MOST_MS = 10_000
const LATEST_VERSION = 253_402_300_799_999
const ISO_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/

/**
 * Has a body understood and made ready for the database, and throws where it came to anything that may not be: an error
 * of the program, another decision than the rules make, or what Postgres would not store.
 */
export function checkMapping(catalog: Catalog, { raw }: FuzzedBody): Verdict {
  const startedAt = performance.now()
  const delivery = {
    messageId: 'msg_fuzzed',
    attemptedAt: 1_764_000_000_000,
    receivedAt: 1_764_000_000_500,
    ...packBody(raw),
  }
  const event = interpret({ delivery, attempts: 1 }, catalog, undefined)
  const verdict = event.asks === 'row' ? 'row' : event.outcome
  assert.equal(verdict, expectedVerdict(catalog, raw), 'decided otherwise than the rules do')
  if ('error' in event) assert.equal(event.error.code, 'payload_invalid', event.error.stack ?? event.error.message)

  if (event.asks === 'row') checkRow(event)
  const error = 'error' in event ? event.error : undefined
  const entry = ledgerEntry(event, event.asks === 'row' ? 'applied' : event.outcome, error, {
    catalog,
    bodies: 'all',
    handledTypes: new Set(),
  })
  assert.ok((entry.error_group ?? '').length <= 200, 'the error’s group is too long for its index')
  for (const id of entry.user_ids ?? []) assert.ok(id.length <= 500, 'a user’s id is too long for its index')
  assertStorable(toStorableJson(entry as unknown as Json))
  assert.ok(performance.now() - startedAt < MOST_MS, `it took ${Math.round(performance.now() - startedAt)} ms`)
  return verdict as Verdict
}

/** The rules W2, W3 and W6, said once more. */
function expectedVerdict(catalog: Catalog, raw: Buffer): Verdict {
  let body: unknown
  try {
    body = JSON.parse(new TextDecoder().decode(raw))
  } catch {
    return 'failed'
  }
  if (typeof body !== 'object' || body === null || Array.isArray(body) || depthOf(body) > 500) return 'failed'
  const { type, data } = body as { type?: unknown; data?: unknown }
  if (!isName(type)) return 'failed'
  const isMirrored = catalog.mirrored.some(({ events }) => Object.keys(events).includes(type))
  if (!isMirrored) return 'ignored'
  const isEntity =
    typeof data === 'object' && data !== null && !Array.isArray(data) && isName((data as { id?: unknown }).id)
  return isEntity ? 'row' : 'failed'
}

const isName = (value: unknown): value is string => typeof value === 'string' && value !== '' && value.length <= 255

/** How many levels a value has, by a way that needs no stack of its own. */
function depthOf(value: unknown): number {
  let level = [value].filter(isNest)
  let depth = 0
  while (level.length > 0) {
    depth += 1
    level = level.flatMap((each) => Object.values(each).filter(isNest))
  }
  return depth
}

const isNest = (value: unknown): value is object => typeof value === 'object' && value !== null

const FITS: Readonly<Record<ColumnType, (value: Json) => boolean>> = {
  text: (value) => typeof value === 'string',
  boolean: (value) => typeof value === 'boolean',
  bigint: (value) => Number.isSafeInteger(value),
  jsonb: () => true,
  'timestamp with time zone': (value) => typeof value === 'string' && ISO_TIME.test(value),
}

function checkRow({ resource, row }: Extract<Interpretation, { asks: 'row' }>): void {
  assert.ok(row.id.length > 0 && row.id.length <= 255 && isStorable(row.id), 'an id that Postgres does not take')
  assert.ok(Number.isInteger(row.version) && row.version > 0 && row.version <= LATEST_VERSION, `version ${row.version}`)
  assert.match(row.occurred_at, ISO_TIME)
  for (const [name, column] of Object.entries(resource.columns)) {
    const value = row[name] ?? null
    assert.ok(value === null || FITS[column.type](value), `${resource.name}.${name} is no ${column.type}`)
  }
  assertStorable(rowsJson(resource, [row]))
}

/** Whether Postgres stores it as `text`. */
const isStorable = (text: string): boolean => text.isWellFormed() && !text.includes('\u0000')

/** That a JSON text is one, and holds nowhere what `jsonb` refuses. What it refuses is always written as an escape. */
function assertStorable(text: string): void {
  const value = JSON.parse(text)
  if (!text.includes('\\u')) return
  const waiting: unknown[] = [value]
  for (let each = waiting.pop(); each !== undefined; each = waiting.pop()) {
    if (typeof each === 'string') assert.ok(isStorable(each), 'a text that Postgres does not store')
    else if (isNest(each)) {
      for (const [key, inner] of Object.entries(each)) waiting.push(key, inner ?? 0)
    }
  }
}
