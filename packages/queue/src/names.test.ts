import fc from 'fast-check'
import { expect, test } from 'vitest'
import { jobIdOf } from './names.ts'

/** What a header can hold. */
const messageId = fc.oneof(
  fc.string({ unit: fc.integer({ min: 0x20, max: 0xff }).map((code) => String.fromCharCode(code)), minLength: 1 }),
  fc.stringMatching(/^[0-9:]+$/),
  fc.stringMatching(/^encoded-[A-Za-z0-9_-]+$/),
)

test.each(['msg_2b9GmBVZkxPfrjqGg0fR7bwLZzF', 'msg_1'])('[R5] a job is found by the id %s itself', (id) => {
  expect(jobIdOf(id)).toBe(id)
})

test('[R5] any id becomes one that BullMQ takes', () => {
  fc.assert(
    fc.property(messageId, (id) => {
      const jobId = jobIdOf(id)
      expect(jobId).not.toContain(':')
      expect(jobId).not.toMatch(/^\d*$/)
    }),
    { numRuns: 1_000 },
  )
})

test.each(['wait', 'meta', 'failed', 'marker', 'stalled-check', 'id'])(
  '[R5] an id that is the name of one of the queue’s keys is none of its jobs’: %s',
  (id) => {
    expect(jobIdOf(id)).toMatch(/^encoded-/)
  },
)

test('[R5] two ids never become one', () => {
  fc.assert(
    fc.property(messageId, messageId, (one, other) => {
      fc.pre(one !== other)
      expect(jobIdOf(one)).not.toBe(jobIdOf(other))
    }),
    { numRuns: 1_000 },
  )
  expect(jobIdOf('a:b')).not.toBe(jobIdOf(jobIdOf('a:b')))
})
