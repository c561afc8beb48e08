import type { JsonObject } from '@rollcall/shared/json'

/** What Clerk hands to Svix. */
export interface ClerkEvent {
  readonly body: ClerkEventBody
  /** The body's `timestamp`, in milliseconds. */
  readonly occurredAt: number
}

export interface ClerkEventBody extends JsonObject {
  readonly object: 'event'
  readonly type: string
  readonly timestamp: number
  readonly instance_id: string
  readonly event_attributes: JsonObject
  readonly data: JsonObject
}

/** Tells of a change that was made at a time in milliseconds. */
export type Tell = (type: string, data: JsonObject, changedAt: number) => void

/** Between a change and the stamp of its event pass this many milliseconds on bodies that were really received. */
const [SOONEST_MS, LATEST_MS] = [4, 22]

/** Coprime with the number of possible delays: all of them occur, and two stamps may be the other way round. */
const STRIDE = 7

export function createTell(instanceId: string, emit: (event: ClerkEvent) => void): Tell {
  let told = 0
  return (type, data, changedAt) => {
    const occurredAt = changedAt + SOONEST_MS + ((told++ * STRIDE) % (LATEST_MS - SOONEST_MS + 1))
    const body: ClerkEventBody = {
      object: 'event',
      type,
      timestamp: occurredAt,
      instance_id: instanceId,
      event_attributes: { http_request: { client_ip: '', user_agent: '' } },
      data,
    }
    // A copy, as of now: the fields in it are the test's own objects, which it may go on to change.
    emit({ body: structuredClone(body), occurredAt })
  }
}
