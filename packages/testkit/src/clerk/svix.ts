import type { Json } from '@rollcall/shared/json'
import { createIdentifiers } from './identifiers.ts'
import { shuffled } from './random.ts'
import { type AttemptResult, attempt } from './svix-attempt.ts'
import { DISABLED_AFTER_MS, waitMs } from './svix-schedule.ts'

/** What becomes of a message on its way; by itself it is delivered once and as soon as can be. */
export interface Fate {
  /** Never delivered, and nobody told. */
  readonly lose?: boolean
  /** How many times more it is sent, each once and not retried, as a resend by hand is. */
  readonly duplicates?: number
  /** How much later than at once its first attempt is, in milliseconds. */
  readonly delayMs?: number
}

export interface SvixOptions {
  readonly url: string
  /** Signs the messages: `whsec_…`. */
  readonly secret: string
  /** In milliseconds since 1970: attempts are due, and signed, by it. */
  readonly now: () => number
  /** A seeded source of numbers in [0, 1). */
  readonly random: () => number
  /** The fate of a message of which `send` was told none. */
  readonly chooseFate?: (body: Json) => Fate
  /** Whether what is due together is sent in any order, as Svix promises none; else as it fell due. */
  readonly reorder?: boolean
  /** The most attempts at a time. One keeps the order. */
  readonly concurrency?: number
  /** How long an endpoint may take to answer, in real milliseconds: 15 s, as with Svix. */
  readonly answerMs?: number
}

export interface Svix {
  /** Takes a message in, and returns its `svix-id`. A text is sent as it is. */
  send(body: Json, fate?: Fate): string
  /** Makes all attempts that are due by the clock, and returns how many they were. What they bring about waits for the next call. */
  deliverDue(): Promise<number>
  /** When the next attempt is due, if there is one. */
  nextDueAt(): number | undefined
  /** How many attempts there are yet to be, of those that are planned. */
  pending(): number
  /** Messages that the endpoint accepted, each counted once. */
  readonly delivered: number
  /** Attempts that the endpoint accepted of messages that it had accepted before. */
  readonly redelivered: number
  /** Messages lost by their fate, or because the endpoint is disabled. */
  readonly lost: number
  /** Messages given up after their last attempt. */
  readonly failed: number
  readonly isDisabled: boolean
  /** Switches a disabled endpoint on again. What was given up meanwhile stays so. */
  enable(): void
}

interface Planned {
  readonly messageId: string
  readonly body: string
  readonly dueAt: number
  readonly failedAttempts: number
  readonly isResend: boolean
}

/** As many attempts at a time as a receiver has to take from Svix at an ordinary moment. */
const CONCURRENCY = 8

/** Svix's own wait for an answer. */
const ANSWER_MS = 15_000

/**
 * Delivers messages as Svix does: at least once unless it is lost, in no order, each attempt signed anew, and again after
 * longer and longer waits until the endpoint accepts.
 */
export function createSvix(options: SvixOptions): Svix {
  const { url, secret, now, random, chooseFate = () => ({}), reorder = false, concurrency = CONCURRENCY } = options
  const { answerMs = ANSWER_MS } = options
  const newId = createIdentifiers(Math.floor(random() * 2 ** 31))
  const accepted = new Set<string>()
  let planned: Planned[] = []
  let [redelivered, lost, failed] = [0, 0, 0]
  /** The first failure since the endpoint last accepted anything. */
  let failingSince: number | undefined
  let isDisabled = false

  async function make(due: Planned): Promise<void> {
    const attemptedAt = now()
    const result = await attempt({ ...due, url, secret, answerMs, attemptedAt: new Date(attemptedAt) })
    if (result.outcome === 'accepted') accept(due)
    else refuse(due, result, attemptedAt)
  }

  function accept({ messageId }: Planned): void {
    failingSince = undefined
    if (accepted.has(messageId)) redelivered++
    else accepted.add(messageId)
  }

  function refuse(due: Planned, refusal: Extract<AttemptResult, { outcome: 'refused' }>, attemptedAt: number): void {
    failingSince ??= attemptedAt
    const failedAttempts = due.failedAttempts + 1
    const wait = isDisabled || due.isResend ? undefined : waitMs(failedAttempts, refusal)
    if (wait !== undefined) planned.push({ ...due, failedAttempts, dueAt: attemptedAt + wait })
    else giveUp(due)
    if (refusal.wish === 'disable' || attemptedAt - failingSince >= DISABLED_AFTER_MS) disable()
  }

  function giveUp({ messageId, isResend }: Planned): void {
    if (!isResend && !accepted.has(messageId)) failed++
  }

  function disable(): void {
    isDisabled = true
    planned.forEach(giveUp)
    planned = []
  }

  function takeDue(): readonly Planned[] {
    const at = now()
    const due = planned.filter(({ dueAt }) => dueAt <= at)
    planned = planned.filter(({ dueAt }) => dueAt > at)
    return reorder ? shuffled(due, random) : due.sort((one, other) => one.dueAt - other.dueAt)
  }

  return {
    send(body, fate = chooseFate(body)) {
      const messageId = newId('msg')
      if (fate.lose || isDisabled) {
        lost++
        return messageId
      }
      const text = typeof body === 'string' ? body : JSON.stringify(body)
      const dueAt = now() + (fate.delayMs ?? 0)
      const first = { messageId, body: text, dueAt, failedAttempts: 0, isResend: false }
      planned.push(first)
      for (let i = 0; i < (fate.duplicates ?? 0); i++) planned.push({ ...first, isResend: true })
      return messageId
    },
    async deliverDue() {
      const due = takeDue()
      const queue = due.values() // shared by the lanes: each takes the next that none has taken
      const lane = async () => {
        for (const next of queue) {
          if (isDisabled) giveUp(next)
          else await make(next)
        }
      }
      await Promise.all(Array.from({ length: concurrency }, lane))
      return due.length
    },
    nextDueAt: () =>
      planned.reduce<number | undefined>((soonest, { dueAt }) => Math.min(soonest ?? dueAt, dueAt), undefined),
    pending: () => planned.length,
    get delivered() {
      return accepted.size
    },
    get redelivered() {
      return redelivered
    },
    get lost() {
      return lost
    },
    get failed() {
      return failed
    },
    get isDisabled() {
      return isDisabled
    },
    enable() {
      isDisabled = false
      failingSince = undefined
    },
  }
}
