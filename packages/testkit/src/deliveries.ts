import type { Delivery } from '@rollcall/shared/delivery'
import type { Json } from '@rollcall/shared/json'

/** A delivery as the receiver would put it on the queue. `body` is serialised unless it is a text already. */
export function deliveryOf(body: Json, over: Partial<Delivery> = {}): Delivery {
  return {
    messageId: `msg_${crypto.randomUUID().replaceAll('-', '')}`,
    attemptedAt: 1_764_000_000_000,
    receivedAt: 1_764_000_000_500,
    body: typeof body === 'string' ? body : JSON.stringify(body),
    encoding: 'utf8',
    ...over,
  }
}

export interface UserEvent {
  readonly type: 'user.created' | 'user.updated' | 'user.deleted'
  readonly id: string
  /** The envelope's timestamp, in milliseconds. */
  readonly occurredAt: number
  /** The user's `updated_at`, in milliseconds; a deletion has none. */
  readonly updatedAt?: number | undefined
  readonly fields?: Readonly<Record<string, Json>>
}

/** The body that Clerk would send for a user's event. */
export const userBody = ({ type, id, occurredAt, updatedAt, fields }: UserEvent): Json => ({
  object: 'event',
  type,
  timestamp: occurredAt,
  instance_id: 'ins_test',
  data:
    type === 'user.deleted'
      ? { object: 'user', id, deleted: true }
      : { object: 'user', id, ...(updatedAt !== undefined && { updated_at: updatedAt }), ...fields },
})
