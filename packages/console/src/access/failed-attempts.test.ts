import { expect, test } from 'vitest'
import { countFailedAttempts } from './failed-attempts.ts'

function counter() {
  let now = 0
  const attempts = countFailedAttempts(() => now)
  return {
    waits: (address: string) => attempts.waitSeconds(address),
    fail(address: string, times = 1) {
      for (let i = 0; i < times; i++) attempts.add(address)
    },
    pass: (milliseconds: number) => {
      now += milliseconds
    },
  }
}

test('[X5] after five failures in a minute an address waits, and no other does', () => {
  const attempts = counter()
  attempts.fail('198.51.100.1', 4)
  expect(attempts.waits('198.51.100.1')).toBe(0)
  attempts.fail('198.51.100.1')
  expect(attempts.waits('198.51.100.1')).toBe(60)
  expect(attempts.waits('198.51.100.2')).toBe(0)
  attempts.pass(59_001)
  expect(attempts.waits('198.51.100.1')).toBe(1)
  attempts.pass(1_000)
  expect(attempts.waits('198.51.100.1')).toBe(0)
})

test('[X5] of IPv6, who has one address has its network of 64 bits', () => {
  const attempts = counter()
  for (const host of [':1', ':2', ':ffff:1', 'a:b:c:d', ':5']) attempts.fail(`2001:db8:0:7:${host}`)
  expect(attempts.waits('2001:db8:0:7::9')).toBeGreaterThan(0)
  expect(attempts.waits('2001:db8:0:8::9')).toBe(0)
  attempts.fail('::ffff:198.51.100.1', 5)
  expect(attempts.waits('::ffff:198.51.100.2')).toBe(0)
})

test('[X5] no more than so many addresses are remembered', () => {
  const attempts = counter()
  attempts.fail('198.51.100.1', 5)
  for (let i = 0; i < 10_000; i++) attempts.fail(`host-${i}`)
  expect(attempts.waits('198.51.100.1')).toBe(0)
})
