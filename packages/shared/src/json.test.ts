import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isJsonObject, type Json, nestingDepth } from './json.ts'

/** The plain definition, which recurses. */
function depthOf(value: Json): number {
  if (typeof value !== 'object' || value === null) return 0
  return 1 + Math.max(0, ...Object.values(value).map((inner) => depthOf(inner as Json)))
}

const json = fc.jsonValue({ maxDepth: 8 }).map((value) => value as Json)

describe('nestingDepth', () => {
  test('[W2] is the depth of the value, for any JSON', () => {
    fc.assert(
      fc.property(json, fc.constantFrom(undefined, 2), (value, space) => {
        const text = JSON.stringify(value, null, space)
        expect(nestingDepth(text)).toBe(depthOf(JSON.parse(text)))
      }),
      { numRuns: 1_000 },
    )
  })

  test('[W2] brackets in a text do not count, whatever is escaped before them', () => {
    expect(nestingDepth(String.raw`{"a":"[[[\"[[\\"}`)).toBe(1)
    expect(nestingDepth(String.raw`["\\",["\\\"["]]`)).toBe(2)
  })

  test('[W2] what is not JSON has a depth too, and a megabyte of brackets does not exhaust the stack', () => {
    expect(nestingDepth(']]]][')).toBe(0)
    expect(nestingDepth('"')).toBe(0)
    expect(nestingDepth('[{'.repeat(500_000))).toBe(1_000_000)
  })
})

test('[W2] an object is neither an array nor null', () => {
  expect([{}, { a: 1 }].every(isJsonObject)).toBe(true)
  expect([[], null, 'x', 1, true, undefined].some(isJsonObject)).toBe(false)
})
