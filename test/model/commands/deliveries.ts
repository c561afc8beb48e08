import { newSecret } from '@rollcall/testkit/svix'
import fc from 'fast-check'
import { expect } from 'vitest'
import { acknowledge, type History, type Message, picked } from '../history.ts'
import { type Installation, POISON } from '../installation.ts'
import { type Command, step } from './step.ts'

/** Which messages arrive together, and in which order. */
export const picks = fc.array(fc.nat(30), { minLength: 1, maxLength: 6 })

/** Takes them from those that are on their way. */
export function takePending(history: History, which: readonly number[]): readonly Message[] {
  const taken = picked(history.pending, which)
  history.pending = history.pending.filter((message) => !taken.includes(message))
  return taken
}

/** All at once, each from every endpoint that Clerk has. Each is answered 2xx, and from then on it is ours. */
export async function deliver(
  history: History,
  installation: Installation,
  messages: readonly Message[],
): Promise<void> {
  const attempts = messages.flatMap((message) => history.secrets.map((secret) => installation.send(message, secret)))
  const statuses = await Promise.all(attempts)
  expect(
    statuses.filter((status) => status !== 200),
    'every attempt is answered 2xx',
  ).toEqual([])
  acknowledge(history, messages)
}

export const somePending = ({ pending }: Readonly<History>): boolean => pending.length > 0

export const deliveries: fc.Arbitrary<Command> = picks.map((which) =>
  step(
    'deliver',
    which,
    (history, installation) => deliver(history, installation, takePending(history, which)),
    somePending,
  ),
)

/** What was acknowledged comes again, once or more often, and beside it what is new. */
export const duplicates: fc.Arbitrary<Command> = fc.tuple(picks, fc.integer({ min: 1, max: 3 })).map(([which, times]) =>
  step(
    'duplicate',
    { which, times },
    async (history, installation) => {
      const again = picked([...history.settled.values(), ...history.waiting], which)
      const fresh = takePending(history, which.slice(0, 1))
      await deliver(history, installation, [...fresh, ...Array.from({ length: times }, () => again).flat()])
    },
    ({ settled, waiting }) => settled.size + waiting.length > 0,
  ),
)

export const losses: fc.Arbitrary<Command> = picks.map((which) =>
  step('lose', which, (history) => void history.lost.push(...takePending(history, which)), somePending),
)

/** From Clerk's dashboard, however late. */
export const resends: fc.Arbitrary<Command> = picks.map((which) =>
  step(
    'resend',
    which,
    async (history, installation) => {
      const again = picked(history.lost, which)
      history.lost = history.lost.filter((message) => !again.includes(message))
      await deliver(history, installation, again)
    },
    ({ lost }) => lost.length > 0,
  ),
)

/** An event that Postgres refuses, which comes with some that it takes, wherever in their batch. */
export const poisons: fc.Arbitrary<Command> = fc.tuple(picks, fc.nat(6)).map(([which, place]) =>
  step('deliver poison', { which, place }, async (history, installation) => {
    const data = { id: 'user_poison', object: 'user', first_name: POISON, updated_at: history.now() }
    const { id: instance_id } = history.clerk
    const body = {
      object: 'event',
      type: 'user.created',
      timestamp: history.now(),
      instance_id,
      event_attributes: {},
      data,
    } as const
    const messages = takePending(history, which).toSpliced(place, 0, history.newMessage(body, true))
    await deliver(history, installation, messages)
  }),
)

/** Signed with a secret that Clerk has given up, or never had: it is refused, and nothing knows of it. */
export const forgeries: fc.Arbitrary<Command> = fc.tuple(picks, fc.boolean()).map(([which, isRetired]) =>
  step(
    'forge',
    { which, isRetired },
    async (history, installation) => {
      const secret = isRetired ? history.retired.at(-1)! : newSecret()
      const forged = picked(history.pending, which)
      const statuses = await Promise.all(forged.map((message) => installation.send(message, secret)))
      expect(statuses).toEqual(forged.map(() => 400))
    },
    (history) => somePending(history) && (!isRetired || history.retired.length > 0),
  ),
)
