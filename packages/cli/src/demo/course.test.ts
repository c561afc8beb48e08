import { expect, test } from 'vitest'
import { courseOf, figuresOf } from './course.ts'

const passages = [
  { receivedAt: 100, appliedAt: 150 },
  { receivedAt: 200, appliedAt: 900 },
  { receivedAt: 400, appliedAt: 900 },
]

test('[C21] depth and lag at each step are those of the events that were inside then', () => {
  expect(courseOf(passages, 0, 1_000, 10)).toEqual({
    stepMs: 100,
    depth: [0, 1, 1, 1, 2, 2, 2, 2, 2, 0, 0],
    lagMs: [0, 0, 0, 100, 200, 300, 400, 500, 600, 0, 0],
  })
})

test('[C21] throughput is over all the time, lag over all events', () => {
  expect(figuresOf(passages)).toEqual({
    perSecond: 3.75,
    mostInASecond: 3,
    lagMs: { median: 500, p95: 700, highest: 700 },
  })
})
