import type { ClerkEvent } from '@rollcall/testkit/clerk/events'
import { createClerkInstance } from '@rollcall/testkit/clerk/instance'

/** An instance, and what it told when its users signed up, a while ago: what is new is no drift yet [K14]. */
export function usersThatSignUp(count: number) {
  let agoMs = 600_000
  const events: ClerkEvent[] = []
  const instance = createClerkInstance({ now: () => Date.now() - agoMs, emit: (event) => events.push(event) })
  for (let i = 0; i < count; i++) instance.createUser({ first_name: `User ${i}` })
  agoMs = 0
  return { instance, events }
}
