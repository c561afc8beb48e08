import type { Life, LifeEvent } from './lives.ts'
import type { Random } from './random.ts'

/** One attempt to deliver an event: when it arrives, in milliseconds since the spike began. */
export interface Arrival {
  readonly event: LifeEvent
  readonly at: number
}

/** Of deliveries, how many are overtaken by others, and how many events come once more although they were answered. */
const LATE_SHARE = 0.25
const REPEATED_SHARE = 0.2

/** How late a delivery may be, and how much later one may be repeated. Of Svix it may be minutes; a show has seconds. */
const LATEST_MS = 2_500
const REPEATED_WITHIN_MS = 3_000

/**
 * What at-least-once delivery without an order makes of lives: some events are late, some come twice, and the news that a
 * user was deleted always comes before the news that there is one.
 */
export function arrivalsOf(lives: readonly Life[], random: Random): readonly Arrival[] {
  const arrivals = lives.flatMap((life) => {
    const first = deletionFirst(life.map((event) => ({ event, at: event.at + delay(random) })))
    return [...first, ...repetitions(first, random)]
  })
  return arrivals.sort((one, other) => one.at - other.at)
}

const delay = (random: Random): number => 20 + random() * (random() < LATE_SHARE ? LATEST_MS : 60)

/** A deletion and the creation change places. */
function deletionFirst(arrivals: readonly Arrival[]): readonly Arrival[] {
  const last = arrivals.at(-1)!
  if (last.event.type !== 'user.deleted') return arrivals
  const times = [Math.min(...arrivals.map(({ at }) => at)), Math.max(...arrivals.map(({ at }) => at))] as const
  return arrivals.map(({ event, at }) => {
    if (event.type === 'user.deleted') return { event, at: times[0] }
    return { event, at: event.type === 'user.created' ? times[1] : at }
  })
}

const repetitions = (arrivals: readonly Arrival[], random: Random): readonly Arrival[] =>
  arrivals.flatMap(({ event, at }) =>
    random() < REPEATED_SHARE ? [{ event, at: at + random() * REPEATED_WITHIN_MS }] : [],
  )

/** How many events arrive for the first time when something newer of the same user has arrived already. */
export function countLate(arrivals: readonly Arrival[]): number {
  const newest = new Map<string, number>()
  const seen = new Set<string>()
  let late = 0
  for (const { event } of arrivals) {
    if (seen.has(event.messageId)) continue
    seen.add(event.messageId)
    const known = newest.get(event.userId) ?? Number.NEGATIVE_INFINITY
    if (event.at < known) late += 1
    newest.set(event.userId, Math.max(known, event.at))
  }
  return late
}
