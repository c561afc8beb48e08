import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import type { Logger } from '@rollcall/shared/log'
import { type Checks, readiness } from '@rollcall/shared/readiness'
import { type Answer, refusal, send } from './answer.ts'
import { WEBHOOK_PATH } from './config.ts'
import type { ReceiverMetrics } from './metrics.ts'
import { readBody, type Unread } from './read-body.ts'
import type { Receive } from './receive.ts'
import type { RequestTraces } from './request-traces.ts'

/** Three times Svix's own ceiling of some 350 KB. */
const BODY_LIMIT_BYTES = 1_048_576

const NOT_FOUND = refusal(404, 'not_found', `Webhooks are received at POST ${WEBHOOK_PATH}.`)
const ALIVE: Answer = { status: 200, reason: 'alive', json: JSON.stringify({ status: 'ok' }) }

/** Refusals of the webhook path that need no look at the webhook; their codes are the metric's reasons as well. */
const REFUSALS = {
  method_not_allowed: refusal(405, 'method_not_allowed', 'Webhooks are sent with POST.', { allow: 'POST' }),
  unsupported_media_type: refusal(
    415,
    'unsupported_media_type',
    'Webhooks are application/json, without a content-encoding.',
  ),
  body_too_large: refusal(413, 'body_too_large', 'A webhook has at most 1 MB.'),
  body_unreadable: refusal(400, 'body_unreadable', 'The request broke off while its body was read.'),
  unexpected: refusal(500, 'unexpected', 'Something unexpected happened here. Send it again.'),
} as const satisfies Record<Unread | 'method_not_allowed' | 'unsupported_media_type' | 'unexpected', Answer>

/**
 * The receiver's whole surface: webhooks in, health out. On Node's own server, for there are three paths: the same behind
 * Express costs as much again as all that is done with a webhook.
 */
export function createApp(parts: {
  readonly receive: Receive
  readonly checks: Checks
  readonly metrics: Pick<ReceiverMetrics, 'count'>
  /** Nothing where nobody wants traces. */
  readonly traces?: RequestTraces | undefined
  readonly senderAddress: (request: IncomingMessage) => string | undefined
  readonly log: Logger
}): RequestListener {
  const { receive, checks, metrics, traces, senderAddress, log } = parts

  async function receiveWebhook(request: IncomingMessage, response: ServerResponse): Promise<Answer> {
    const begin = traces?.arrived(request, response)
    if (request.method !== 'POST') return REFUSALS.method_not_allowed
    if (!isPlainJson(request)) return REFUSALS.unsupported_media_type
    const raw = await readBody(request, BODY_LIMIT_BYTES)
    if (typeof raw === 'string') return REFUSALS[raw]
    return receive({
      raw,
      headers: request.headers,
      senderAddress: () => senderAddress(request),
      beginTrace: (messageId) => begin?.(messageId),
    })
  }

  async function answerWebhook(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const answer = await receiveWebhook(request, response).catch((error) => {
      log.error({ error }, 'request.failed')
      return REFUSALS.unexpected
    })
    metrics.count('rollcall_webhooks_total', { status: String(answer.status), reason: answer.reason })
    send(response, answer)
  }

  async function answerOther(path: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const isRead = request.method === 'GET' || request.method === 'HEAD'
    if (isRead && path === '/healthz') send(response, ALIVE)
    else if (isRead && path === '/readyz') {
      const state = await readiness(checks)
      send(response, { status: state.ready ? 200 : 503, reason: 'asked', json: JSON.stringify(state) })
    } else send(response, NOT_FOUND)
  }

  return (request, response) => {
    const path = pathOf(request.url ?? '/')
    if (path === WEBHOOK_PATH) void answerWebhook(request, response)
    else void answerOther(path, request, response)
  }
}

/** As people write it: with a query, with a slash at the end, in capitals; and as proxies do, with a host before it. */
function pathOf(url: string): string {
  if (url === WEBHOOK_PATH) return url
  const { pathname } = URL.parse(url, 'http://receiver') ?? { pathname: url }
  return (pathname.length > 1 ? pathname.replace(/\/$/, '') : pathname).toLowerCase()
}

const JSON_TYPE = /^application\/json\s*(;|$)/i

/** Svix sends JSON, never compressed. The signature is over the bytes as they came, so nothing may unpack them. */
function isPlainJson({ headers }: IncomingMessage): boolean {
  const { 'content-type': type = '', 'content-encoding': encoding = 'identity' } = headers
  return JSON_TYPE.test(type) && encoding === 'identity'
}
