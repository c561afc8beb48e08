import type { IncomingHttpHeaders } from 'node:http'
import type { Answer } from './answer.ts'
import { answerFailure, type MountedReceiver, mountReceiver, type WebhookOptions } from './mounted-receiver.ts'
import type { Unread } from './read-body.ts'
import { BODY_LIMIT_BYTES, REQUEST_REFUSALS, requestRefusal } from './webhook-request.ts'

/** Takes a webhook where requests are those of the Fetch standard: Next.js route handlers, Hono, Remix, Bun, serverless functions. */
export interface WebhookHandler {
  (request: Request): Promise<Response>
  /** Waits for what is on its way to the queue, and closes the connections to it. For the end of the app. */
  close(): Promise<void>
}

/**
 * Reads no variable and connects to nothing before the first request: a route's module is evaluated while the app is built,
 * too, where neither is there. Until the variables are right, webhooks are answered 503 and the log says what is wrong [R41].
 */
export function createWebhookHandler(options: WebhookOptions = {}): WebhookHandler {
  let mounted: MountedReceiver | undefined

  async function answer(request: Request): Promise<Answer> {
    const headers = Object.fromEntries(request.headers) as IncomingHttpHeaders
    const refused = requestRefusal(request.method, headers)
    if (refused) return refused
    mounted ??= mountReceiver(options.environment)
    const raw = await readBody(request)
    if (typeof raw === 'string') return REQUEST_REFUSALS[raw]
    // Who sent it is known to the platform alone; what its headers say of it anybody could have written.
    return mounted.receive({ raw, headers, senderAddress: () => undefined })
  }

  const handle = async (request: Request) =>
    toResponse(await answer(request).catch((thrown) => answerFailure(thrown, mounted?.log)))
  return Object.assign(handle, {
    async close() {
      await mounted?.close()
      mounted = undefined
    },
  })
}

/** A piece of one byte takes some hundred: a megabyte of them is to be a megabyte and little more. */
const MOST_PIECES = 1_000

/** Reads a body as it came, up to its limit; the length that its sender tells is not believed [R9]. */
async function readBody(request: Request): Promise<Buffer | Unread | 'body_parsed'> {
  if (request.bodyUsed) return 'body_parsed'
  const chunks: Uint8Array[] = []
  let length = 0
  try {
    for await (const chunk of request.body ?? []) {
      length += chunk.length
      if (length > BODY_LIMIT_BYTES) return 'body_too_large' // which leaves the loop, and so cancels the rest
      chunks.push(chunk)
      if (chunks.length > MOST_PIECES) chunks.splice(0, chunks.length, Buffer.concat(chunks))
    }
  } catch {
    return 'body_unreadable'
  }
  return Buffer.concat(chunks)
}

const toResponse = ({ status, json, headers }: Answer): Response =>
  new Response(json, { status, headers: { 'content-type': 'application/json; charset=utf-8', ...headers } })
