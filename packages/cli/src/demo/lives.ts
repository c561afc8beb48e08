import type { Random } from './random.ts'

/** Something that happened to a user at Clerk. Times are milliseconds since the spike began. */
export interface LifeEvent {
  readonly messageId: string
  readonly type: 'user.created' | 'user.updated' | 'user.deleted'
  readonly userId: string
  readonly at: number
  readonly firstName: string
  readonly emailAddress: string
  /** How often the user has been changed by then, which stands in the metadata. */
  readonly changes: number
}

/** One user's events, in the order in which they happened. */
export type Life = readonly LifeEvent[]

/** Of users who sign up, how many change something at once, such as a name or a picture, and how many leave again. */
const CHANGES_SHARE = 0.35
const LEAVES_SHARE = 0.05
const MOST_CHANGES = 3

const NAMES = ['Ada', 'Grace', 'Barbara', 'Edsger', 'Frances', 'Donald', 'Radia', 'Alan', 'Adele', 'Ken']

/** Lives of users who sign up within a time, more and more of them towards its middle and fewer again after it. */
export const livesOf = (users: number, spikeMs: number, random: Random): readonly Life[] =>
  Array.from({ length: users }, (_, i) => lifeOf(i, humpTime((i + random()) / users) * spikeMs, random))

function lifeOf(number: number, signedUpAt: number, random: Random): Life {
  const digits = String(number).padStart(6, '0')
  const changes = random() < CHANGES_SHARE ? 1 + Math.floor(random() * MOST_CHANGES) : 0
  const leaves = random() < LEAVES_SHARE
  const events: LifeEvent[] = []
  let at = signedUpAt
  const add = (type: LifeEvent['type'], change: number) => {
    const name = NAMES[(number + change) % NAMES.length]!
    events.push({
      messageId: `msg_2rollcallDemo${digits}e${events.length}`,
      type,
      userId: `user_2rollcallDemo${digits}`,
      at: Math.round(at),
      firstName: name,
      emailAddress: `${name.toLowerCase()}.${digits}@example.com`,
      changes: change,
    })
    at += 50 + random() * 900
  }
  add('user.created', 0)
  for (let change = 1; change <= changes; change++) add('user.updated', change)
  if (leaves) add('user.deleted', changes)
  return events
}

/** When of a whole, from 0 to 1, this share of a crowd has come that grows until the middle and then shrinks. */
const humpTime = (share: number): number => (share < 0.5 ? Math.sqrt(share / 2) : 1 - Math.sqrt((1 - share) / 2))

/** What a user's row holds when everything has arrived: what happened last, whatever came when. */
export interface ExpectedRow {
  readonly id: string
  readonly event_id: string
  readonly deleted: boolean
  readonly first_name: string | null
  readonly primary_email_address: string | null
  readonly changes: number | null
}

export function expectedRow(life: Life): ExpectedRow {
  const last = life.at(-1)!
  const deleted = last.type === 'user.deleted'
  return {
    id: last.userId,
    event_id: last.messageId,
    deleted,
    first_name: deleted ? null : last.firstName,
    primary_email_address: deleted ? null : last.emailAddress,
    changes: deleted ? null : last.changes,
  }
}
