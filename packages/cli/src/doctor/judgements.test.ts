import { expect, test } from 'vitest'
import { judgeFailures } from './failures.ts'
import { judgeInstances } from './instances.ts'
import { describeKeys } from './queue.ts'
import { judgeWaiting } from './waiting.ts'

const counts = (counted: Record<string, number>) => new Map(Object.entries(counted))

test.each([
  [{}, undefined, 'passed', 'No event so far tells of a Clerk instance.'],
  [{ ins_a: 3 }, undefined, 'passed', 'The newest events are from ins_a (3).'],
  [{ ins_a: 3, ins_b: 1 }, undefined, 'warned', 'from ins_a (3), ins_b (1). Set CLERK_INSTANCE_ID'],
  [{ ins_a: 3, ins_b: 1 }, ['ins_a', 'ins_b'], 'passed', 'from ins_a (3), ins_b (1).'],
  [{ ins_a: 3, ins_b: 1 }, ['ins_b'], 'warned', 'CLERK_INSTANCE_ID does not name: ins_a (3).'],
  [{ ins_a: 3 }, ['ins_b'], 'warned', 'CLERK_INSTANCE_ID does not name: ins_a (3).'],
])('[C8] of instances %j, of which %j are allowed: %s', (seen, allowed, status, message) => {
  expect(judgeInstances(counts(seen), allowed)).toEqual({ status, message: expect.stringContaining(message) })
})

test.each([
  [{}, [], 'passed', 'No event waits for its handler.'],
  [{ 'user.created': 1 }, ['user.created'], 'passed', '1 event waits for its handler.'],
  [{ 'user.created': 1, 'user.deleted': 2 }, ['user.created', 'user.deleted'], 'passed', '3 events wait for their'],
  [
    { 'user.created': 1, 'user.deleted': 2 },
    ['user.created'],
    'warned',
    'does not have: user.deleted (2). Put it back',
  ],
])('[C8] what waits %j, with handlers for %j: %s', (waiting, handled, status, message) => {
  expect(judgeWaiting(counts(waiting), new Set(handled))).toEqual({ status, message: expect.stringContaining(message) })
})

test.each([
  [0, 'event', 'passed', 'No event has failed.'],
  [1, 'event', 'warned', '1 event has failed. `pnpm rollcall failed` tells why;'],
  [2, 'handler', 'warned', '2 handlers have failed.'],
] as const)('[C8] of %i failed %ss: %s', (count, what, status, message) => {
  expect(judgeFailures(count, what)).toEqual({ status, message: expect.stringContaining(message) })
})

test('[Q42] the keys of bodies on the queue are told by their ids, the one that encrypts first', () => {
  expect(describeKeys(undefined)).toBe('')
  expect(describeKeys(['0a1b2c3d'])).toBe(' Bodies are encrypted with the key 0a1b2c3d.')
  expect(describeKeys(['0a1b2c3d', '4e5f6071'])).toBe(
    ' Bodies are encrypted with the key 0a1b2c3d, and decrypted with 4e5f6071 as well.',
  )
})
