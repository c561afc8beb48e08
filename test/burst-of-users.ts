import type { Json } from '@rollcall/shared/json'
import { userBody } from '@rollcall/testkit/deliveries'
import { type ExpectedUser, userHistory } from '@rollcall/testkit/user-history'
import fc from 'fast-check'

export interface Burst {
  /** In the order of sending: shuffled, a fifth of them twice. */
  readonly messages: readonly { readonly body: Json; readonly messageId: string }[]
  readonly distinct: number
  /** What each user's row must be in the end, in the order of the ids. */
  readonly expected: readonly ExpectedUser[]
}

/** A signup spike as Svix delivers it, half of its users deleted again in the end. The same for a seed. */
export function burstOfUsers(options: { users: number; eventsEach: number; seed: number }): Burst {
  const ids = Array.from({ length: options.users }, (_, i) => `user_${String(i).padStart(5, '0')}`)
  const count = { min: options.eventsEach, max: options.eventsEach }
  const lives = sample(fc.tuple(...ids.map((id) => userHistory(id, count))), options.seed)

  const messages = lives
    .flatMap((life) => life.events)
    .map((event, i) => ({ body: userBody(event), messageId: `msg_${String(i).padStart(6, '0')}` }))
  const all = [...messages, ...messages.filter((_, i) => i % 5 === 0)]
  return {
    messages: sample(fc.shuffledSubarray(all, { minLength: all.length }), options.seed),
    distinct: messages.length,
    expected: lives.map((life) => life.expected),
  }
}

const sample = <Value>(arbitrary: fc.Arbitrary<Value>, seed: number): Value =>
  fc.sample(arbitrary, { seed, numRuns: 1 })[0]!
