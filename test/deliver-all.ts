import { setTimeout as sleep } from 'node:timers/promises'
import { post, signedRequest } from '@rollcall/testkit/svix'

export interface Message {
  readonly body: unknown
  readonly messageId: string
}

/** Svix waits 5 s and more; a test has less time. */
const AGAIN_MS = 250

/**
 * Sends everything, so many requests at a time, and each again until it is answered 2xx, as Svix does. Answers how often
 * each other answer came; 0 stands for none.
 */
export async function deliverAll(
  endpoint: { readonly url: string; readonly secret: string },
  messages: readonly Message[],
  options: { readonly concurrency: number; readonly onAnswered?: (answered: number) => void },
): Promise<ReadonlyMap<number, number>> {
  const refusals = new Map<number, number>()
  const left = messages.values()
  let answered = 0
  const send = async ({ body, messageId }: Message): Promise<number> => {
    const request = signedRequest({ secret: endpoint.secret, messageId, body: JSON.stringify(body) })
    try {
      const response = await post(endpoint.url, request)
      await response.arrayBuffer()
      return response.status
    } catch {
      return 0
    }
  }
  await Promise.all(
    Array.from({ length: options.concurrency }, async () => {
      for (const message of left) {
        for (let status = await send(message); status !== 200; status = await send(message)) {
          refusals.set(status, (refusals.get(status) ?? 0) + 1)
          await sleep(AGAIN_MS)
        }
        options.onAnswered?.(++answered)
      }
    }),
  )
  return refusals
}
