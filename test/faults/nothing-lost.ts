import { expect } from 'vitest'
import type { Burst } from '../burst-of-users.ts'
import { mirroredUsers, type Pipeline } from '../pipeline.ts'

/** Everything that was sent is settled at its first attempt, nothing failed, and the rows are what they should be. */
export async function expectNothingLost(
  pipeline: Pipeline,
  { distinct, expected }: Pick<Burst, 'distinct' | 'expected'>,
  timeoutMs = 60_000,
): Promise<void> {
  await pipeline.untilSettled(distinct, timeoutMs)
  expect(await pipeline.query('select outcome, attempts from clerk.webhook_events where attempts > 1')).toEqual([])
  expect(await pipeline.query("select id, error from clerk.webhook_events where outcome = 'failed'")).toEqual([])
  expect(await mirroredUsers(pipeline)).toEqual(expected)
}
