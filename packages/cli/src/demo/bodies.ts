import { user } from '@rollcall/resources/user/user'
import type { JsonObject } from '@rollcall/shared/json'
import { exampleEvent } from '../example-event.ts'
import type { LifeEvent } from './lives.ts'

/** Makes the body of an event, by Clerk's own form: the examples that the resource brings, told of somebody else. */
export async function createBodies(beganAt: number): Promise<(event: LifeEvent) => string> {
  const example = (type: LifeEvent['type']) => exampleEvent(user, type, { id: undefined, changes: [], now: beganAt })
  const examples: Readonly<Record<LifeEvent['type'], JsonObject>> = {
    'user.created': await example('user.created'),
    'user.updated': await example('user.updated'),
    'user.deleted': await example('user.deleted'),
  }

  return (event) => {
    const example = examples[event.type]
    const at = beganAt + event.at
    const data = { ...(example.data as JsonObject), id: event.userId }
    // Clerk stamps the event some milliseconds after the change.
    const whole = {
      ...example,
      timestamp: at + 8,
      data: event.type === 'user.deleted' ? data : profile(data, event, at),
    }
    return JSON.stringify(whole)
  }
}

const ADDRESS_ID = 'idn_2rollcallDemo'

const profile = (data: JsonObject, event: LifeEvent, at: number): JsonObject => ({
  ...data,
  username: null,
  first_name: event.firstName,
  primary_email_address_id: ADDRESS_ID,
  email_addresses: [{ object: 'email_address', id: ADDRESS_ID, email_address: event.emailAddress }],
  public_metadata: { changes: event.changes },
  created_at: at,
  updated_at: at,
})
