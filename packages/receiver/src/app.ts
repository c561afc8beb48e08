import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import type { Logger } from '@rollcall/shared/log'
import { type Checks, readiness } from '@rollcall/shared/readiness'
import { type Answer, refusal, send } from './answer.ts'
import { WEBHOOK_PATH } from './config.ts'
import type { JudgeSource, SourceRefusal } from './judge-source.ts'
import type { ReceiverMetrics } from './metrics.ts'
import { createBodyReader } from './read-body.ts'
import type { Receive } from './receive.ts'
import type { RequestTraces } from './request-traces.ts'
import { BODY_LIMIT_BYTES, REQUEST_REFUSALS, requestRefusal, UNEXPECTED } from './webhook-request.ts'

const NOT_FOUND = refusal(404, 'not_found', {
  happened: 'There is nothing here.',
  next: `Webhooks are received at POST ${WEBHOOK_PATH}: the address of the endpoint has to end with that.`,
})
const ALIVE: Answer = { status: 200, reason: 'alive', json: JSON.stringify({ status: 'ok' }) }

/** For where a request comes from, whatever it says. */
const SOURCE_REFUSALS = {
  source_not_allowed: refusal(403, 'source_not_allowed', {
    happened: 'ALLOWED_SOURCES does not name the address that this came from.',
    next: 'If it is to be let in, name it there.',
  }),
  source_hidden: refusal(403, 'source_hidden', {
    happened: 'This came by a proxy that TRUST_PROXY does not name, so that where it is from cannot be told.',
    next: 'Name the proxy there, and let it pass on X-Forwarded-For.',
  }),
} as const satisfies Record<SourceRefusal, Answer>

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
  /** Nothing where everybody may send. */
  readonly judgeSource?: JudgeSource | undefined
  readonly log: Logger
}): RequestListener {
  const { receive, checks, metrics, traces, senderAddress, judgeSource, log } = parts
  const readBody = createBodyReader(BODY_LIMIT_BYTES)

  async function receiveWebhook(request: IncomingMessage, response: ServerResponse): Promise<Answer> {
    const begin = traces?.arrived(request, response)
    const notLetIn = judgeSource?.(request, senderAddress(request))
    if (notLetIn) {
      log.warn({ reason: notLetIn, ip: senderAddress(request) }, 'webhook.refused')
      return SOURCE_REFUSALS[notLetIn]
    }
    const refused = requestRefusal(request.method, request.headers)
    if (refused) return refused
    const raw = await readBody(request)
    if (typeof raw === 'string') return REQUEST_REFUSALS[raw]
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
      return UNEXPECTED
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
