import type { KeptMessage } from '@rollcall/mirror/kept-messages'
import { expect, test } from 'vitest'
import { remedyFor } from './remedy.ts'

const kept = (over: Partial<KeptMessage>): KeptMessage => ({
  id: 'msg_1',
  outcome: 'failed',
  handling: null,
  occurred_at: new Date(1_000),
  received_at: new Date(2_000),
  body: '{"type": "user.created"}',
  ...over,
})

test('[D2] a failed event runs again with the body and the times that it had', () => {
  expect(remedyFor(kept({}))).toEqual({
    run: 'event',
    delivery: {
      messageId: 'msg_1',
      attemptedAt: 1_000,
      receivedAt: 2_000,
      body: '{"type": "user.created"}',
      encoding: 'utf8',
    },
  })
  expect(remedyFor(kept({ body: '' }))).toMatchObject({ run: 'event', delivery: { body: '' } })
})

test.each(['applied', 'stale', 'ignored'] as const)('[H3] the failed handler of an event that is %s', (outcome) => {
  expect(remedyFor(kept({ outcome, handling: 'failed' }))).toEqual({ run: 'handler' })
})

test.each([
  [undefined, 'the ledger has no such message'],
  [kept({ body: null }), "its body is gone: .*\\. Resend the message from Clerk's dashboard"],
  [kept({ outcome: 'stale', handling: 'failed', body: null }), 'its body is gone: .*\\. Its handler has nothing'],
  [kept({ outcome: 'refused', body: null }), 'it has not failed: it ended refused$'],
  [kept({ outcome: 'applied', handling: 'waiting' }), 'it ended applied, and its handler waits to run$'],
  [kept({ outcome: 'stale', handling: 'handled', body: null }), 'it ended stale, and its handler has run$'],
])('[C4] of %j nothing is run, and the reason is said', (message, because) => {
  expect(remedyFor(message)).toEqual({ run: 'nothing', because: expect.stringMatching(because) })
})
