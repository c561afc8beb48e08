import type { ClerkEventBody } from '@rollcall/testkit/clerk/events'
import { createIdentifiers } from '@rollcall/testkit/clerk/identifiers'
import { type ClerkInstance, createClerkInstance } from '@rollcall/testkit/clerk/instance'
import { type Fact, factOfBody, type OnDelete } from './oracle.ts'

/** A message as Svix has it. */
export interface Message {
  readonly id: string
  readonly body: ClerkEventBody
  /** Whether Postgres refuses what it says. */
  readonly isPoison: boolean
}

/** What happened so far at Clerk and on the way, as the model knows it. */
export interface History {
  readonly onDelete: OnDelete
  readonly clerk: ClerkInstance
  /** Every message of an entity that is at Clerk, wherever it is now. */
  readonly told: Message[]
  /** On their way, in the order in which they were told. */
  pending: Message[]
  /** Given up by Svix. */
  lost: Message[]
  /** Answered 2xx, and handed out to no worker, for the queue is paused. */
  waiting: Message[]
  /** Answered 2xx, and settled once all is quiet. */
  readonly settled: Map<string, Message>
  /** What has been told to the mirror, by whichever way. */
  facts: Fact[]
  isPaused: boolean
  /** Whether all that was told is true: Clerk's own state is then what the rows have to say. */
  isTrue: boolean
  /** The endpoints that Clerk has now, by their secrets, the newest last; and secrets that it had before. */
  secrets: readonly string[]
  readonly retired: string[]
  /** Whether a worker may still be killed: it takes seconds until what that one held is taken up again. */
  mayKill: boolean
  /** How often what was done, over all runs. */
  readonly tally: Map<string, number>
  now(): number
  advance(milliseconds: number): void
  newMessage(body: ClerkEventBody, isPoison?: boolean): Message
}

const EPOCH_MS = 1_764_000_000_000

/** A Clerk without anything in it. Ids are the same in each run but for the run's own prefix, which leaves their order alone. */
export function beginHistory(options: {
  readonly onDelete: OnDelete
  readonly run: number
  readonly secret: string
  readonly tally: Map<string, number>
}): History {
  let clock = EPOCH_MS
  const newId = createIdentifiers()
  const clerk = createClerkInstance({ now: () => clock, emit: ({ body }) => tell(body) })
  const history: History = {
    onDelete: options.onDelete,
    clerk,
    told: [],
    pending: [],
    lost: [],
    waiting: [],
    settled: new Map(),
    facts: [],
    isPaused: false,
    isTrue: true,
    secrets: [options.secret],
    retired: [],
    mayKill: true,
    tally: options.tally,
    now: () => clock,
    advance(milliseconds) {
      clock += milliseconds
    },
    newMessage: (body, isPoison = false) => ({ id: newId(`msg_r${options.run}`), body, isPoison }),
  }
  function tell(body: ClerkEventBody): void {
    const message = history.newMessage(body)
    history.told.push(message)
    history.pending.push(message)
  }
  return history
}

/** The worker has these: they settle, and tell the mirror what they say. */
export function settle(history: History, messages: readonly Message[]): void {
  for (const message of messages) {
    if (history.settled.has(message.id)) continue
    history.settled.set(message.id, message)
    if (!message.isPoison) history.facts.push(factOfBody(message.id, message.body))
  }
}

/** They were answered 2xx. */
export function acknowledge(history: History, messages: readonly Message[]): void {
  if (history.isPaused) history.waiting.push(...messages)
  else settle(history, messages)
}

/** Some of these, in an order of their own: each pick is the place among those that are left. At least one. */
export function picked<Item>(items: readonly Item[], picks: readonly number[]): readonly Item[] {
  const left = [...items]
  return picks.flatMap((pick) => (left.length === 0 ? [] : left.splice(pick % left.length, 1)))
}
