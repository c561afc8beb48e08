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

test('[D2] [Y1] a failed event runs again with the body and the times that it had', () => {
  expect(remedyFor(kept({}))).toEqual({
    run: 'event',
    delivery: {
      messageId: 'msg_1',
      attemptedAt: 1_000,
      receivedAt: 2_000,
      body: '{"type": "user.created"}',
      encoding: 'utf8',
      replayed: true,
    },
  })
  expect(remedyFor(kept({ body: '' }))).toMatchObject({ run: 'event', delivery: { body: '' } })
})

test('[Y1] a failed event whose body is gone from the ledger, with what its job holds', () => {
  expect(remedyFor(kept({ body: null }))).toEqual({ run: 'job' })
})

test.each(['applied', 'stale', 'ignored'] as const)('[Y1] an event that is %s, if its body is kept', (outcome) => {
  expect(remedyFor(kept({ outcome }))).toMatchObject({ run: 'event' })
  expect(remedyFor(kept({ outcome, handling: 'handled' }))).toMatchObject({ run: 'event' })
  expect(remedyFor(kept({ outcome, body: null }))).toEqual({ run: 'nothing', because: 'body_not_kept' })
})

test.each(['applied', 'stale', 'ignored'] as const)('[H3] the failed handler of an event that is %s', (outcome) => {
  expect(remedyFor(kept({ outcome, handling: 'failed' }))).toEqual({ run: 'handler' })
})

test.each([
  [undefined, 'unknown'],
  [kept({ outcome: 'stale', handling: 'failed', body: null }), 'body_gone'],
  [kept({ outcome: 'refused', body: null }), 'body_not_kept'],
  [kept({ outcome: 'applied', handling: 'waiting' }), 'handler_waits'],
  [kept({ outcome: 'stale', handling: 'handled', body: null }), 'body_not_kept'],
])('[Y1] of %j nothing is run, and the reason is told', (message, because) => {
  expect(remedyFor(message)).toEqual({ run: 'nothing', because })
})
