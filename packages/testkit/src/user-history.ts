import type { Json } from '@rollcall/shared/json'
import fc from 'fast-check'
import type { UserEvent } from './deliveries.ts'

/** What the `users` row of an id must hold in the end, told from the history alone. */
export interface ExpectedUser {
  readonly id: string
  readonly first_name: string | null
  readonly primary_email_address: string | null
  readonly public_metadata: Json
  readonly deleted: boolean
}

/** One user's life at Clerk, in the order in which it happened. */
export interface UserHistory {
  readonly events: readonly UserEvent[]
  readonly expected: ExpectedUser
}

const EPOCH_MS = 1_764_000_000_000

/**
 * Lives of users as Clerk tells them: created, changed some times, perhaps deleted. Each change is at least a
 * millisecond after the one before; its event is stamped 4 to 22 ms later, as on real bodies, so that the stamps of
 * two changes may be in the wrong order or the same.
 */
export const userHistory = (
  id: string,
  events: { readonly min: number; readonly max: number },
): fc.Arbitrary<UserHistory> =>
  fc.tuple(fc.integer(events), fc.boolean()).chain(([count, isDeleted]) => {
    // A life has a creation; a deletion, where there is one, is one of its events.
    const length = Math.max(1, isDeleted ? count - 1 : count)
    return fc
      .array(change, { minLength: length, maxLength: length })
      .map((changes) => live(id, changes, isDeleted && count > 1))
  })

const change: fc.Arbitrary<Change> = fc.record({
  afterMs: fc.integer({ min: 1, max: 60 }),
  stampedAfterMs: fc.integer({ min: 4, max: 22 }),
  name: fc.string({ maxLength: 8 }),
  hasEmail: fc.boolean(),
})

interface Change {
  readonly afterMs: number
  readonly stampedAfterMs: number
  readonly name: string
  readonly hasEmail: boolean
}

function live(id: string, changes: readonly Change[], isDeleted: boolean): UserHistory {
  const events: UserEvent[] = []
  let now = EPOCH_MS
  let email: string | null = null
  for (const [i, change] of changes.entries()) {
    now += change.afterMs
    email = change.hasEmail ? `${id}-${i}@example.com` : null
    events.push({
      type: i === 0 ? 'user.created' : 'user.updated',
      id,
      occurredAt: now + change.stampedAfterMs,
      updatedAt: now,
      fields: {
        first_name: change.name,
        public_metadata: { change: i },
        primary_email_address_id: email === null ? null : 'idn_1',
        email_addresses: email === null ? [] : [{ id: 'idn_1', email_address: email }],
      },
    })
  }
  if (isDeleted) events.push({ type: 'user.deleted', id, occurredAt: now + 100 })

  const lastName = changes.at(-1)!.name.replaceAll('\u0000', '\uFFFD').toWellFormed()
  return {
    events,
    expected: {
      id,
      first_name: isDeleted ? null : lastName,
      primary_email_address: isDeleted ? null : email,
      public_metadata: isDeleted ? null : { change: changes.length - 1 },
      deleted: isDeleted,
    },
  }
}
