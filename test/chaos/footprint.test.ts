import { expect, test } from 'vitest'
import { leaksOf, type Measured } from './footprint.ts'

const measured = (process = {}, held = {}): Measured => ({
  processes: [{ name: 'worker-1', pid: 1, megabytes: 100, descriptors: 20, ...process }],
  held: { postgresConnections: 2, redisConnections: 6, redisKeys: ['meta'], ...held },
})

test('[O11] what is held in the end and was not before is told: memory, descriptors, connections, keys', () => {
  expect(leaksOf(measured(), measured())).toEqual([])
  expect(leaksOf(measured(), measured({ megabytes: 200, descriptors: 19 }))).toEqual([])
  expect(leaksOf(measured(), measured({ megabytes: 300 }))).toEqual(['worker-1 has grown by 200 MB to 300 MB'])
  expect(leaksOf(measured(), measured({ megabytes: 300, pid: 2 }))).toEqual([])
  expect(leaksOf(measured(), measured({ descriptors: 21, pid: 2 }))).toEqual([
    'worker-1 holds 21 descriptors, and held 20',
  ])
  expect(
    leaksOf(measured(), measured({}, { postgresConnections: 3, redisConnections: 7, redisKeys: ['meta', 'lock'] })),
  ).toEqual([
    'postgresConnections are 3, and were 2',
    'redisConnections are 7, and were 6',
    'Redis holds lock, and did not',
  ])
})
