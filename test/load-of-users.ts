import { setTimeout as sleep } from 'node:timers/promises'
import { userBody } from '@rollcall/testkit/deliveries'
import { post, signedRequest } from '@rollcall/testkit/svix'

const SENDERS = 4

/** Between two requests of a sender: some 200 a second come from all, so that the machine is left time for what the test does. */
const PAUSE_MS = 20

const USERS_EACH = 25

/**
 * Changes of users, a sender's one after the other, until it is over. Each is sent at once by each endpoint that there is,
 * signed with its secret: by one, as a rule; by two of the same address while a secret is changed, with the same message id.
 */
export function startLoad(url: string, secretsOfEndpoints: () => readonly string[]) {
  const sent = new Set<string>()
  const refused: string[] = []
  const newest = new Map<string, string>()
  const stop = new AbortController()
  let deliveries = 0

  async function deliver(secret: string, messageId: string, body: string): Promise<void> {
    const response = await post(url, signedRequest({ secret, messageId, body }))
    const text = await response.text()
    deliveries++
    if (!response.ok) refused.push(`${messageId}: ${response.status} ${text}`)
  }

  async function sendOn(sender: number): Promise<void> {
    for (let i = 0; !stop.signal.aborted; i++) {
      const id = `user_${sender}_${i % USERS_EACH}`
      const messageId = `msg_${sender}_${i}`
      const event = {
        type: i < USERS_EACH ? 'user.created' : 'user.updated',
        id,
        occurredAt: 1_764_000_000_000 + i,
      } as const
      const body = JSON.stringify(
        userBody({ ...event, updatedAt: event.occurredAt, fields: { first_name: `name ${i}` } }),
      )
      sent.add(messageId)
      newest.set(id, `name ${i}`)
      await Promise.all(secretsOfEndpoints().map((secret) => deliver(secret, messageId, body)))
      await sleep(PAUSE_MS)
    }
  }

  const senders = Promise.all(Array.from({ length: SENDERS }, (_, sender) => sendOn(sender)))
  return {
    sent,
    get deliveries() {
      return deliveries
    },
    /** Ends it, and answers what it came to. */
    async over() {
      stop.abort()
      await senders
      return { refused, newest }
    },
  }
}
