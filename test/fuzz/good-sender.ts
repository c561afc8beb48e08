import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { userBody } from '@rollcall/testkit/deliveries'
import { uniqueName } from '@rollcall/testkit/unique-name'
import { signedHeaders } from './requests.ts'

/** What became of a sender who does everything right, while others do not. */
export interface GoodSender {
  readonly acknowledged: readonly string[]
  /** Answers that told it to come back, which it did. */
  readonly deferred: number
  /** The longest that an answer took. */
  readonly slowestMs: number
}

const EVERY_MS = 40

/** Svix waits for 15 s; a machine on which everything else runs too may be four times as slow. */
const MOST_MS = 60_000

/**
 * Sends one event after the other until told to stop, each again until it is taken, as Svix does. Rejects then if one was
 * answered anything but 200 and 503, or not in time.
 */
export function startGoodSender(port: number, secret: string): { stop(): Promise<GoodSender> } {
  const over = new AbortController()
  const acknowledged: string[] = []
  let deferred = 0
  let slowestMs = 0
  async function send(): Promise<void> {
    while (!over.signal.aborted) {
      const messageId = uniqueName('msg_good')
      while ((await sendOnce(messageId)) === 503) deferred += 1
      acknowledged.push(messageId)
      await sleep(EVERY_MS, undefined, { signal: over.signal }).catch(() => {})
    }
  }

  async function sendOnce(messageId: string): Promise<200 | 503> {
    const time = Date.now()
    const id = messageId.replace('msg', 'user')
    const raw = Buffer.from(JSON.stringify(userBody({ type: 'user.created', id, occurredAt: time, updatedAt: time })))
    const startedAt = performance.now()
    const response = await fetch(`http://127.0.0.1:${port}/api/webhooks`, {
      method: 'POST',
      headers: signedHeaders(secret, messageId, raw),
      body: raw,
      signal: AbortSignal.timeout(MOST_MS),
    })
    const text = await response.text()
    slowestMs = Math.max(slowestMs, performance.now() - startedAt)
    const { status } = response
    assert.ok(status === 200 || status === 503, `a good sender was answered ${status}: ${text}`)
    return status
  }

  const sending = send().catch((cause) => {
    throw new Error('the good sender was not answered', { cause })
  })
  sending.catch(() => {}) // told to whoever stops it
  return {
    async stop() {
      over.abort()
      await sending
      return { acknowledged, deferred, slowestMs }
    },
  }
}
