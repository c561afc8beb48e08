import { setTimeout as sleep } from 'node:timers/promises'
import { runSeed } from '@rollcall/testkit/seed'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createRateLimit, rateFor } from './rate-limit.ts'

const seed = runSeed()

test(`[K5] no window that a server can see holds more requests than there may be (seed ${seed})`, async () => {
  const requests = 5
  const windowMs = 120
  const limited = createRateLimit({ requests, windowMs }, new AbortController().signal)
  const seen: number[] = []
  // The server sees each request at some moment while it is under way.
  const lasting = fc.sample(fc.tuple(fc.nat(40), fc.nat(40)), { seed, numRuns: 23 })
  await Promise.all(
    lasting.map(([before, after]) =>
      limited(async () => {
        await sleep(before)
        seen.push(performance.now())
        await sleep(after)
      }),
    ),
  )

  const times = seen.sort((a, b) => a - b)
  const closest = times.slice(requests).map((time, i) => time - times[i]!)
  expect(times).toHaveLength(lasting.length)
  expect(Math.min(...closest)).toBeGreaterThanOrEqual(windowMs)
})

test('[K5] work that fails takes its place as well, and its failure is its own', async () => {
  const limited = createRateLimit({ requests: 1, windowMs: 60 }, new AbortController().signal)
  const startedAt = performance.now()
  await expect(limited(() => Promise.reject(new Error('broken')))).rejects.toThrow('broken')
  await expect(limited(async () => 'done')).resolves.toBe('done')
  expect(performance.now() - startedAt).toBeGreaterThanOrEqual(59)
})

test('[K5] who waits for a place stops when told to, and does no work', async () => {
  const stop = new AbortController()
  const limited = createRateLimit({ requests: 1, windowMs: 3_600_000 }, stop.signal)
  await limited(async () => undefined)
  const waiting = limited(async () => expect.unreachable())
  stop.abort(new Error('told to stop'))
  await expect(waiting).rejects.toThrow('told to stop')
})

test.each([
  ['sk_live_x', 50, 500],
  ['sk_live_x', 100, 1_000],
  ['sk_test_x', 50, 50],
  ['sk_test_x', 1, 1],
  ['sk_test_x', 0.1, 1],
])('[K5] %s and %d %% are %d requests in 10 s', (secretKey, share, requests) => {
  expect(rateFor(secretKey, share)).toEqual({ requests, windowMs: 10_000 })
})
