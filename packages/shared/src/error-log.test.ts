import { captureLog } from '@rollcall/testkit/captured-log'
import { describe, expect, test } from 'vitest'
import { errorLog } from './error-log.ts'

const refused = (port: number) =>
  Object.assign(new Error(`connect ECONNREFUSED 127.0.0.1:${port}`), { code: 'ECONNREFUSED' })

function createErrorLog() {
  const captured = captureLog()
  const clock = { now: 1_000_000 }
  const report = errorLog(captured.log, 'queue.errored', () => clock.now)
  return { report, clock, lines: () => captured.lines('queue.errored') }
}

describe('errorLog', () => {
  test('[L3] logs a trouble at once, with its code, and its repetitions not', () => {
    const { report, clock, lines } = createErrorLog()
    for (let i = 0; i < 100; i++) {
      report(refused(6379 + i)) // the message differs, the trouble does not
      clock.now += 100
    }

    expect(lines()).toEqual([
      expect.objectContaining({ level: 'error', error: expect.objectContaining({ code: 'ECONNREFUSED' }) }),
    ])
  })

  test('[L3] says it again after 30 s, and how often it was not said', () => {
    const { report, clock, lines } = createErrorLog()
    for (let second = 0; second <= 60; second++) {
      report(refused(6379))
      clock.now += 1_000
    }

    expect(lines().map((line) => line.suppressed)).toEqual([undefined, 29, 29])
  })

  test('[L3] the last node of a cluster of which none answers tells why', () => {
    const { report, lines } = createErrorLog()
    report(Object.assign(new Error('Failed to refresh slots cache.'), { lastNodeError: refused(6379) }))
    expect(lines()).toMatchObject([
      { error: { message: 'Failed to refresh slots cache.', cause: { code: 'ECONNREFUSED' } } },
    ])
  })

  test('[L3] another trouble is another story', () => {
    const { report, lines } = createErrorLog()
    const errors = [refused(6379), Object.assign(new Error('reset'), { code: 'ECONNRESET' }), new TypeError('a bug')]
    for (const error of [...errors, ...errors]) report(error)

    expect(lines().map((line) => (line.error as { message: string }).message)).toEqual(
      errors.map((error) => error.message),
    )
  })
})
