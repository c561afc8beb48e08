import { createTestMirror, type TestMirror } from '@rollcall/testkit/mirror'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { ledgerActivity } from './ledger-activity.ts'

const T0 = Date.UTC(2026, 0, 1, 12)

let mirror: TestMirror
beforeAll(async () => {
  mirror = await createTestMirror()
})
beforeEach(() => mirror.clear())
afterAll(() => mirror[Symbol.asyncDispose]())

/** Events that were settled so many milliseconds after `T0`, each so long after it happened. */
const insert = (events: readonly (readonly [settledMs: number, lagMs: number, outcome?: 'failed'])[]) =>
  mirror.db
    .insertInto('webhook_events')
    .values(
      events.map(([settledMs, lagMs, outcome = 'applied' as const], i) => ({
        id: `msg_${i}`,
        occurred_at: new Date(T0 + settledMs - lagMs),
        received_at: new Date(T0 + settledMs),
        applied_at: new Date(T0 + settledMs),
        outcome,
        error: outcome === 'failed' ? 'row_rejected: it does not fit' : null,
        attempts: 1,
      })),
    )
    .execute()

const activity = (sinceMs: number, limit = 100) =>
  ledgerActivity(mirror.db, 'clerk', { since: new Date(T0 + sinceMs), stepSeconds: 5, limit })

test('[X14] the activity of the ledger is told by steps: how many, how many failed, and how late the others were', async () => {
  await insert([
    [0, 100],
    [1_000, 300],
    [4_999, 200, 'failed'],
    [5_000, 1_000],
    [20_000, -50],
  ])
  expect(await activity(0)).toEqual({
    since: new Date(T0),
    steps: [
      { at: new Date(T0), settled: 3, failed: 1, lagMs: { median: 100, p99: 300 } },
      { at: new Date(T0 + 5_000), settled: 1, failed: 0, lagMs: { median: 1_000, p99: 1_000 } },
      { at: new Date(T0 + 20_000), settled: 1, failed: 0, lagMs: { median: 0, p99: 0 } },
    ],
  })
  expect((await activity(5_000)).steps.map(({ at }) => at.getTime() - T0)).toEqual([5_000, 20_000])
})

test('[X14] where more was settled than is read, it begins with the first whole step', async () => {
  await insert([
    [0, 1],
    [1_000, 1],
    [5_000, 1],
    [6_000, 1],
    [10_000, 1],
  ])
  const { since, steps } = await activity(0, 4)
  expect(since).toEqual(new Date(T0 + 5_000))
  expect(steps.map(({ settled }) => settled)).toEqual([2, 1])
})

test('[X14] of steps in which everything failed, no lag is told', async () => {
  await insert([[0, 1, 'failed']])
  expect((await activity(0)).steps).toEqual([{ at: new Date(T0), settled: 1, failed: 1, lagMs: null }])
})
