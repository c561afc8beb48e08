import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isJsonObject, type Json, nestsDeeperThan, parseJson } from './json.ts'

/** The plain definition, which recurses. */
function depthOf(value: Json): number {
  if (typeof value !== 'object' || value === null) return 0
  return 1 + Math.max(0, ...Object.values(value).map((inner) => depthOf(inner as Json)))
}

const json = fc.jsonValue({ maxDepth: 8 }).map((value) => value as Json)

describe('nestsDeeperThan', () => {
  test('[W2] tells of any JSON whether it is deeper', () => {
    fc.assert(
      fc.property(json, fc.nat({ max: 10 }), (value, levels) => {
        expect(nestsDeeperThan(value, levels)).toBe(depthOf(value) > levels)
      }),
      { numRuns: 1_000 },
    )
  })

  test('[W2] a megabyte of brackets does not exhaust the stack', () => {
    const deep = parseJson(`${'['.repeat(500_000)}${']'.repeat(500_000)}`)
    expect(nestsDeeperThan(deep, 500)).toBe(true)
    expect(nestsDeeperThan([[[]], [[[]]]], 3)).toBe(true)
    expect(nestsDeeperThan([[[]], [[[]]]], 4)).toBe(false)
  })
})

test('[W2] an object is neither an array nor null', () => {
  expect([{}, { a: 1 }].every(isJsonObject)).toBe(true)
  expect([[], null, 'x', 1, true, undefined].some(isJsonObject)).toBe(false)
})
