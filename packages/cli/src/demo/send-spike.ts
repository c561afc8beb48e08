import { atMost } from '@rollcall/shared/at-most'
import { pause } from '@rollcall/shared/deadline'
import { signedHeaders } from '../sign.ts'
import type { Arrival } from './arrivals.ts'
import type { LifeEvent } from './lives.ts'

/** What is told while deliveries are sent. */
export interface SendingWatch {
  accepted(event: LifeEvent): void
  /** The receiver did not take it, as where its queue is away: it is sent again, as Svix does. */
  refused(): void
}

/** As many requests at a time as a sender has open that does not wait for the answer to one before it sends the next. */
const MOST_REQUESTS = 64

/** Svix begins with 5 s; a show has less time. */
const AGAIN_AFTER_MS = 500

/** Sends every delivery when it is due, signed as Svix signs, and again until it is accepted. Ends early with `stop`. */
export async function sendSpike(options: {
  readonly arrivals: readonly Arrival[]
  readonly webhookUrl: string
  readonly secret: string
  readonly bodyOf: (event: LifeEvent) => string
  readonly watch: SendingWatch
  readonly stop: AbortSignal
}): Promise<void> {
  const { arrivals, webhookUrl, secret, bodyOf, watch, stop } = options
  const inTurn = atMost(MOST_REQUESTS)
  const beganAt = performance.now()

  async function deliver(event: LifeEvent): Promise<void> {
    const body = bodyOf(event)
    while (!stop.aborted) {
      const headers = signedHeaders(secret, { messageId: event.messageId, body, now: Date.now() })
      if (await inTurn(() => isAccepted(webhookUrl, headers, body, stop))) return watch.accepted(event)
      if (!stop.aborted) watch.refused()
      await pause(AGAIN_AFTER_MS, stop)
    }
  }

  const deliveries: Promise<void>[] = []
  for (const { event, at } of arrivals) {
    const early = at - (performance.now() - beganAt)
    if (early > 1) await pause(early, stop)
    if (stop.aborted) break
    deliveries.push(deliver(event))
  }
  await Promise.all(deliveries)
}

async function isAccepted(
  url: string,
  headers: Record<string, string>,
  body: string,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    const response = await fetch(url, { method: 'POST', headers, body, signal })
    await response.arrayBuffer()
    return response.ok
  } catch {
    return false // told to stop, or the connection broke: either way nobody has it
  }
}
