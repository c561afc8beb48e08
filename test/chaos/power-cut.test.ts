import { expect, test } from 'vitest'
import { isExplained } from './power-cut.ts'

const cuts = [
  { keptUntil: 1_000, backAt: 2_500, lostBytes: 1 },
  { keptUntil: 9_000, backAt: 10_500, lostBytes: 1 },
]

test('[O12] only what was acknowledged since the disk had last been told may be lost to a power cut, each time that it was', () => {
  expect(isExplained([1_001], cuts)).toBe(true)
  expect(isExplained([1_001, 9_500], cuts)).toBe(true)
  expect(isExplained([1_000], cuts)).toBe(false)
  expect(isExplained([2_501], cuts)).toBe(false)
  expect(isExplained([1_500, 5_000], cuts)).toBe(false)
})
