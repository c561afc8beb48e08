import { setTimeout as sleep } from 'node:timers/promises'
import { atMost } from '@rollcall/shared/at-most'
import { seededRandom, shuffled } from '@rollcall/testkit/clerk/random'
import { post, signedRequest } from '@rollcall/testkit/svix'
import type { Happening, History } from './history.ts'
import type { Plan } from './plan.ts'
import type { Tracker } from './tracker.ts'

/** What came of all attempts so far. */
export interface SendingFigures {
  readonly deliveries: number
  /** Attempts of messages of which an attempt had not been accepted, and of those of which one had. */
  readonly redeliveries: number
  readonly duplicates: number
  /** Attempts that were not accepted, by what came instead. */
  readonly refusals: Readonly<Record<string, number>>
  /** Answers that no right event may get. */
  readonly complaints: readonly string[]
}

/** A Svix that delivers what happens at a pace: each message until it is accepted, and some again. */
export interface Sender {
  readonly figures: SendingFigures
  /** Begins so many messages, and then no more until it is asked again; how many wait decides how fast. */
  sendUntil(isEnough: () => boolean): Promise<void>
  /** Resolves when each message that was begun has been accepted, and what is sent again has been. */
  untilAccepted(): Promise<void>
}

/** Svix waits for 5 s, and then for longer. This is sooner, so that an outage meets many attempts. */
const AGAIN_AFTER_MS = [250, 500, 1_000, 2_000]

/** A sender has so many requests open, however much is to be sent. */
const ATTEMPTS_AT_A_TIME = 200

/** Messages that are owed. Beyond, nothing new is begun: the memory of Svix is larger than ours. */
const MOST_OWED = 1_500

/** Svix keeps no order: among so many events there is any. */
const WINDOW = 40

/** Of messages, the share that two endpoints deliver, each until it is accepted; and the share that is sent once more, later. */
const TWICE_SHARE = 0.03
const RESENT_SHARE = 0.04

/** Not more often does it look whether it is time for the next. */
const TICK_MS = 20

export function createSender(options: {
  readonly endpoint: { readonly url: string; readonly secret: string }
  readonly history: History
  readonly tracker: Tracker
  readonly plan: Plan
  readonly seed: number
}): Sender {
  const { endpoint, history, tracker, plan } = options
  const random = seededRandom(options.seed)
  const inTurn = atMost(ATTEMPTS_AT_A_TIME)
  const underWay = new Set<Promise<void>>()
  const refusals: Record<string, number> = {}
  const complaints: string[] = []
  let [deliveries, redeliveries, duplicates] = [0, 0, 0]
  let window: Happening[] = []

  async function attempt(messageId: string, body: string): Promise<boolean> {
    deliveries++
    try {
      const response = await post(endpoint.url, signedRequest({ secret: endpoint.secret, body, messageId }))
      const answer = await response.text()
      if (response.ok) {
        tracker.accepted(messageId)
        return true
      }
      if (response.status < 500)
        complaints.push(`${messageId} was answered ${response.status}: ${answer.slice(0, 200)}`)
      count(String(response.status))
    } catch {
      count('no answer')
    }
    return false
  }

  const count = (refusal: string) => {
    refusals[refusal] = (refusals[refusal] ?? 0) + 1
  }

  /** Until it is accepted, and never after. */
  async function deliver(messageId: string, body: string): Promise<void> {
    for (let attempts = 0; ; attempts++) {
      if (attempts > 0) redeliveries++
      if (await inTurn(() => attempt(messageId, body))) return
      await sleep(AGAIN_AFTER_MS[attempts] ?? AGAIN_AFTER_MS.at(-1))
    }
  }

  async function send({ messageId, body: event }: Happening): Promise<void> {
    const body = JSON.stringify(event)
    const [isTwice, isResent, laterMs] = [
      random() < TWICE_SHARE,
      random() < RESENT_SHARE,
      random() * plan.resentWithinMs,
    ]
    if (isTwice) duplicates++
    await Promise.all([deliver(messageId, body), isTwice && deliver(messageId, body)])
    if (!isResent) return
    await sleep(laterMs)
    duplicates++
    await inTurn(() => attempt(messageId, body)) // as a resend by hand: whatever becomes of it
  }

  function begin(): void {
    if (window.length === 0) {
      window = [
        ...shuffled(
          Array.from({ length: WINDOW }, () => tracker.happened(history.next())),
          random,
        ),
      ]
    }
    const happening = window.pop()!
    tracker.begun(happening.messageId)
    const sending = send(happening).finally(() => underWay.delete(sending))
    underWay.add(sending)
  }

  return {
    get figures() {
      return { deliveries, redeliveries, duplicates, refusals: { ...refusals }, complaints }
    },
    async sendUntil(isEnough) {
      let dueAt = performance.now()
      while (!isEnough() || window.length > 0) {
        await sleep(TICK_MS)
        const now = performance.now()
        // What could not be begun in its time is not made up for in a burst.
        dueAt = Math.max(dueAt, now - 1_000)
        for (; dueAt < now && tracker.owed < MOST_OWED; dueAt += 1_000 / plan.eventsPerSecond) {
          if (isEnough() && window.length === 0) return
          begin()
        }
      }
    },
    async untilAccepted() {
      while (underWay.size > 0) await Promise.all(underWay)
    },
  }
}
