import { countUnfinished, type Unfinished } from '@rollcall/mirror/count-unfinished'
import type { Mirror } from '@rollcall/mirror/database'
import { lastWebhookAt } from '@rollcall/mirror/last-webhook'
import { ledgerActivity } from '@rollcall/mirror/ledger-activity'
import { type LastReconcile, lastReconcile } from '@rollcall/mirror/sync-runs'
import type { QueueUsers } from '@rollcall/queue/connected-processes'
import type { JobQueue, QueueState } from '@rollcall/queue/job-queue'
import { pause, withDeadline } from '@rollcall/shared/deadline'
import { createHour, type Series, STEP_SECONDS, stepOf } from './series.ts'
import { type UsersCompared, usersCompared } from './users-compared.ts'

/** Something that was looked at: what was seen last, and when; and whether the last look failed. */
export interface Reading<Value> {
  readonly value: Value | undefined
  readonly at: number | undefined
  readonly hasFailed: boolean
}

/** What the overview shows, as it was seen last: no page waits for it. */
export interface Seen {
  readonly queue: Reading<QueueState>
  /** Nothing as the value where the queue's server shows no names. */
  readonly processes: Reading<QueueUsers>
  readonly unfinished: Reading<Unfinished>
  readonly lastWebhookAt: Reading<Date>
  readonly reconcile: Reading<LastReconcile>
  readonly users: Reading<UsersCompared>
  /** Nothing before the ledger was read for the first time. */
  readonly settledInHour: number | undefined
}

export interface Watch {
  seen(): Seen
  series(): Series
  /** Looks at the queue at once: somebody has just changed it. */
  lookAtQueue(): Promise<void>
  close(): Promise<void>
}

const LOOK_MS = STEP_SECONDS * 1_000
/** What costs more than a few lookups is looked at less often. */
const SELDOM_LOOKS = 3
const RARE_LOOKS = 12

/** Steps that are read again: a transaction's events bear the time at which it began, and show once it has ended. */
const REREAD_MS = 20_000
const HOUR_MS = 3_600_000

/** Of the hour before the console was started, and of a step, no more than these: some 100 ms of reading. */
const MOST_EVENTS = 100_000

/** Below the time that a process has to stop. */
const DEADLINE_MS = 8_000

type Readings = { -readonly [Name in keyof Omit<Seen, 'settledInHour'>]: Seen[Name] }

/** Looks at queue and ledger every few seconds, whether or not anybody watches, so that the charts hold an hour. */
export function startWatch(parts: {
  mirror: Mirror
  queue: JobQueue
  onQueueError: (error: Error) => void
  onDatabaseError: (error: Error) => void
  now: () => number
}): Watch {
  const { mirror, queue, onDatabaseError, now } = parts
  const { db, schema } = mirror
  const stop = new AbortController()
  const hour = createHour()
  const seen: Readings = {
    queue: UNSEEN,
    processes: UNSEEN,
    unfinished: UNSEEN,
    lastWebhookAt: UNSEEN,
    reconcile: UNSEEN,
    users: UNSEEN,
  }
  let readSince = now() - HOUR_MS

  let looksBegun = 0
  const newestLook = new Map<keyof Readings, number>()

  /** One that began before another is no news once that one has ended: it may have seen what has been changed since. */
  async function look<Name extends keyof Readings>(
    name: Name,
    ask: () => Promise<Seen[Name]['value'] | null>,
  ): Promise<void> {
    const begun = ++looksBegun
    const isNews = () => begun > (newestLook.get(name) ?? 0)
    try {
      const value = (await withDeadline(ask(), DEADLINE_MS)) ?? undefined
      if (!isNews()) return
      newestLook.set(name, begun)
      seen[name] = { value, at: now(), hasFailed: false } as Readings[Name]
    } catch (error) {
      if (isNews()) seen[name] = { ...seen[name], hasFailed: true }
      const isOfQueue = name === 'queue' || name === 'processes'
      if (!stop.signal.aborted) (isOfQueue ? parts.onQueueError : onDatabaseError)(error as Error)
    }
  }

  const lookAtQueue = () =>
    look('queue', async () => {
      const state = await queue.state()
      hour.addQueue(state, now())
      return state
    })

  async function readLedger(): Promise<void> {
    const until = now()
    try {
      const options = { since: new Date(stepOf(readSince)), stepSeconds: STEP_SECONDS, limit: MOST_EVENTS }
      const { steps, since } = await withDeadline(ledgerActivity(db, schema, options), DEADLINE_MS)
      hour.addActivity(steps, since.getTime(), until)
      readSince = until - REREAD_MS
    } catch (error) {
      if (!stop.signal.aborted) onDatabaseError(error as Error)
    }
  }

  async function run(): Promise<void> {
    for (let i = 0; !stop.signal.aborted; i++) {
      const looks = [lookAtQueue(), readLedger()]
      if (i % SELDOM_LOOKS === 0) {
        looks.push(look('processes', async () => (await queue.connectedProcesses())?.here))
        looks.push(look('unfinished', () => countUnfinished(db)))
        looks.push(look('lastWebhookAt', () => lastWebhookAt(db)))
      }
      if (i % RARE_LOOKS === 0) {
        looks.push(look('reconcile', () => lastReconcile(db)))
        looks.push(look('users', () => usersCompared(db)))
      }
      await Promise.all(looks)
      await pause(LOOK_MS, stop.signal)
    }
  }

  const running = run()
  return {
    seen: () => ({ ...seen, settledInHour: hour.settled(now()) }),
    series: () => hour.series(now()),
    lookAtQueue,
    async close() {
      stop.abort()
      await running
    },
  }
}

const UNSEEN = { value: undefined, at: undefined, hasFailed: false } as const
