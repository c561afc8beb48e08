import { setTimeout as sleep } from 'node:timers/promises'
import { until } from '@rollcall/testkit/wait'
import type { Pool } from 'pg'
import type { Happening } from './history.ts'
import type { Oracle } from './oracle.ts'

/** What has become of each message so far, as sender and ledger tell it. */
export interface Tracker extends AsyncDisposable {
  /** Notes what happened, and answers it. */
  happened(happening: Happening): Happening
  begun(messageId: string): void
  accepted(messageId: string): void
  /** How many messages have been begun, how many of those not accepted, and how many settled. */
  readonly count: number
  readonly owed: number
  readonly settled: number
  /** Each that was accepted, with the moments of `performance.now()` at which it was. */
  readonly acceptances: ReadonlyMap<string, readonly number[]>
  /** Resolves when each of the first so many messages has been accepted and settled, and answers when that was seen. */
  untilSettled(count: number, timeoutMs: number): Promise<number>
}

/** How often the ledger is asked. Recoveries are told no finer than this. */
const LOOK_MS = 150

/** More ids at a time make the question slow while much is behind. */
const MOST_ASKED = 2_000

export function startTracker(database: Pool, oracle: Oracle): Tracker {
  /** In the order in which they were begun, those that have not been seen settled: their place in it. */
  const open = new Map<string, number>()
  const acceptances = new Map<string, number[]>()
  const stop = new AbortController()
  let [count, owed, settled] = [0, 0, 0]

  async function look(): Promise<void> {
    while (!stop.signal.aborted) {
      const ids = [
        ...open
          .keys()
          .filter((id) => acceptances.has(id))
          .take(MOST_ASKED),
      ]
      if (ids.length > 0) for (const id of await inLedger(database, ids)) settle(id)
      await sleep(LOOK_MS)
    }
  }

  function settle(id: string): void {
    if (open.delete(id)) settled++
  }

  const looking = look()
  return {
    happened(happening) {
      oracle.observe(happening)
      return happening
    },
    begun(messageId) {
      open.set(messageId, count++)
      owed++
    },
    accepted(messageId) {
      const times = acceptances.get(messageId)
      if (times) times.push(performance.now())
      else {
        acceptances.set(messageId, [performance.now()])
        owed--
      }
    },
    get count() {
      return count
    },
    get owed() {
      return owed
    },
    get settled() {
      return settled
    },
    acceptances,
    async untilSettled(first, timeoutMs) {
      const isSettled = () => {
        const [oldest] = open
        if (!oldest || oldest[1] >= first) return true
        const left = open.values().filter((place) => place < first)
        const state = acceptances.has(oldest[0]) ? 'accepted and not settled' : 'not accepted'
        throw new Error(`${[...left].length} are not, of which the first, ${oldest[0]}, is ${state}`)
      }
      await until(isSettled, { timeoutMs, what: `each of the first ${first} messages is accepted and settled` })
      return performance.now()
    },
    async [Symbol.asyncDispose]() {
      stop.abort()
      await looking
    },
  }
}

/** Nothing while Postgres is away: then it is asked again. */
async function inLedger(database: Pool, ids: readonly string[]): Promise<readonly string[]> {
  try {
    const { rows } = await database.query<{ id: string }>('select id from clerk.webhook_events where id = any($1)', [
      ids,
    ])
    return rows.map(({ id }) => id)
  } catch {
    return []
  }
}
