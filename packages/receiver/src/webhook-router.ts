import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Answer, send } from './answer.ts'
import { WEBHOOK_PATH } from './config.ts'
import { answerFailure, mountReceiver, type WebhookOptions } from './mounted-receiver.ts'
import { createBodyReader, type ReadBody } from './read-body.ts'
import { BODY_LIMIT_BYTES, REQUEST_REFUSALS, requestRefusal } from './webhook-request.ts'

/** What Express adds to a request, as far as it is read. */
interface AppRequest extends IncomingMessage {
  /** Where the router is mounted, `/api/webhooks`; empty for the app itself. */
  readonly baseUrl?: string
  /** Set where it handles a route, `app.post('/clerk', webhookRouter())`. */
  readonly route?: unknown
  /** Bytes where `express.raw()` ran before. */
  readonly body?: unknown
  /** The sender's address, as far as the app's `trust proxy` lets it be told. */
  readonly ip?: string | undefined
}

/** Takes webhooks within an app of Express, 4 or 5: for `app.use`, with a path or without, or `app.post`. */
export interface WebhookRouter {
  (request: AppRequest, response: ServerResponse, next: (error?: unknown) => void): void
  /** Waits for what is on its way to the queue, and closes the connections to it. For the end of the app. */
  close(): Promise<void>
}

/**
 * Stands before `express.json()`, and where nobody asks who is signed in: Svix has no session. What is not for it goes on to
 * the app. Throws `ConfigError` where a variable is missing or wrong.
 */
export function webhookRouter(options: WebhookOptions = {}): WebhookRouter {
  const mounted = mountReceiver(options.environment)
  const readBody = createBodyReader(BODY_LIMIT_BYTES)

  async function answer(request: AppRequest): Promise<Answer> {
    const refused = requestRefusal(request.method, request.headers)
    if (refused) return refused
    const raw = await bodyOf(request, readBody)
    if (typeof raw === 'string') return REQUEST_REFUSALS[raw]
    return mounted.receive({
      raw,
      headers: request.headers,
      senderAddress: () => request.ip ?? request.socket.remoteAddress,
    })
  }

  async function take(request: AppRequest, response: ServerResponse): Promise<void> {
    send(response, await answer(request).catch((thrown) => answerFailure(thrown, mounted.log)))
  }

  function route(request: AppRequest, response: ServerResponse, next: () => void): void {
    if (isForWebhooks(request)) void take(request, response)
    else next()
  }

  return Object.assign(route, { close: mounted.close })
}

function isForWebhooks({ baseUrl = '', route, url = '/' }: AppRequest): boolean {
  if (route !== undefined) return true
  const path = url.split('?', 1)[0]!.replace(/\/$/, '')
  return baseUrl + path === WEBHOOK_PATH || (baseUrl !== '' && path === '')
}

async function bodyOf(request: AppRequest, readBody: ReadBody) {
  if (Buffer.isBuffer(request.body)) {
    return request.body.length > BODY_LIMIT_BYTES ? 'body_too_large' : request.body
  }
  return request.readableDidRead ? 'body_parsed' : readBody(request)
}
