import { captureLog } from '@rollcall/testkit/captured-log'
import { expect, test } from 'vitest'
import { createRefusalLog } from './refusal-log.ts'

test('[W7] refusals are told of at once, and then at most once a minute, with their number', () => {
  const { log, lines } = captureLog()
  let now = 1_000_000
  const refuse = createRefusalLog(log, () => now)
  const told = () => lines('events.refused').map(({ instanceId, refused }) => [instanceId, refused])

  refuse('ins_a')
  for (let i = 0; i < 500; i++) {
    now += 100
    refuse('ins_b')
  }
  expect(told()).toEqual([['ins_a', 1]])
  now += 10_000
  refuse(null)
  expect(told()).toEqual([
    ['ins_a', 1],
    [null, 501],
  ])
})
