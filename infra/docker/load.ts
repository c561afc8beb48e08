import { setTimeout as sleep } from 'node:timers/promises'
import { atMost } from '@rollcall/shared/at-most'
import { seededRandom, shuffled } from '@rollcall/testkit/clerk/random'
import { type UserEvent, userBody } from '@rollcall/testkit/deliveries'
import { post, signedRequest } from '@rollcall/testkit/svix'
import { type ExpectedUser, userHistory } from '@rollcall/testkit/user-history'
import fc from 'fast-check'

/** Signed events, posted one after the other and each until it is accepted, as Svix does. */
export interface Load {
  /** How many events were accepted. */
  readonly accepted: number
  /** How many events were refused and not accepted since. */
  readonly owed: number
  /** Attempts that were not accepted, by what came instead. */
  readonly refusals: Readonly<Record<string, number>>
  /** Begins no more lives of users, and resolves once each event of those begun was accepted. */
  finish(): Promise<Sent>
}

export interface Sent {
  readonly messages: readonly Message[]
  readonly users: readonly ExpectedUser[]
}

export interface Message {
  readonly id: string
  readonly event: UserEvent
}

/** Svix waits for 5 s and then for longer. This is sooner, so that an outage meets many attempts. */
const AGAIN_AFTER_MS = [500, 1_000, 2_000]

/** A sender has so many requests open, however much is to be sent again. */
const ATTEMPTS_AT_A_TIME = 100

/** Users whose events come in any order among each other. */
const LIVES_AT_A_TIME = 10

export function startLoad(options: {
  readonly url: string
  readonly secret: string
  readonly eventsPerSecond: number
  readonly seed: number
}): Load {
  const messages: Message[] = []
  const users: ExpectedUser[] = []
  const deliveries: Promise<void>[] = []
  const refusals: Record<string, number> = {}
  const owed = new Set<string>()
  const inTurn = atMost(ATTEMPTS_AT_A_TIME)
  let accepted = 0
  let isFinishing = false

  async function deliver(message: Message): Promise<void> {
    for (let attempts = 1; ; attempts++) {
      const refusal = await inTurn(() => attempt(message))
      if (refusal === undefined) break
      refusals[refusal] = (refusals[refusal] ?? 0) + 1
      owed.add(message.id)
      await sleep(AGAIN_AFTER_MS[attempts - 1] ?? AGAIN_AFTER_MS.at(-1))
    }
    owed.delete(message.id)
    accepted++
  }

  async function attempt({ id, event }: Message): Promise<string | undefined> {
    const body = JSON.stringify(userBody(event))
    try {
      const response = await post(options.url, signedRequest({ secret: options.secret, body, messageId: id }))
      const answer = await response.text()
      if (response.ok) return undefined
      // Whatever fails meanwhile, the event is right: nobody listens for this, so that it ends the process.
      if (response.status < 500) throw new Error(`A right event was answered ${response.status}: ${answer}`)
      return `${response.status} ${errorIn(answer)}`
    } catch (error) {
      if (error instanceof TypeError || (error as Error).name === 'TimeoutError') return 'no answer'
      throw error
    }
  }

  async function send(): Promise<void> {
    for (let life = 0; !isFinishing; life += LIVES_AT_A_TIME) {
      const histories = fc.sample(livesFrom(life), { seed: options.seed + life, numRuns: 1 })[0]!
      users.push(...histories.map(({ expected }) => expected))
      const events = histories.flatMap((history) => history.events)
      for (const event of shuffled(events, seededRandom(options.seed + life))) {
        const message = { id: `msg_load_${messages.length}`, event }
        messages.push(message)
        deliveries.push(deliver(message))
        if (!isFinishing) await sleep(1_000 / options.eventsPerSecond)
      }
    }
  }
  const sending = send()

  return {
    get accepted() {
      return accepted
    },
    get owed() {
      return owed.size
    },
    get refusals() {
      return { ...refusals }
    },
    async finish() {
      isFinishing = true
      await sending
      await Promise.all(deliveries)
      return { messages, users }
    },
  }
}

const livesFrom = (first: number) =>
  fc.tuple(
    ...Array.from({ length: LIVES_AT_A_TIME }, (_, i) => userHistory(`user_load_${first + i}`, { min: 1, max: 6 })),
  )

function errorIn(answer: string): string {
  try {
    return String(JSON.parse(answer).error)
  } catch {
    return answer.slice(0, 80)
  }
}
