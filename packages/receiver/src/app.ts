import { isIP } from 'node:net'
import { type PipelineError, toPipelineError } from '@rollcall/shared/errors'
import type { Logger } from '@rollcall/shared/log'
import { type Checks, readiness } from '@rollcall/shared/readiness'
import express, {
  type ErrorRequestHandler,
  type Express,
  type Request,
  type RequestHandler,
  type Response,
} from 'express'
import { WEBHOOK_PATH } from './config.ts'
import type { Enqueue } from './enqueue.ts'
import type { ReceiverMetrics } from './metrics.ts'
import type { RequestTraces } from './request-traces.ts'
import type { Refusal, Verify } from './verify.ts'

/** Three times Svix's own ceiling of some 350 KB. */
const BODY_LIMIT = '1mb'

/** Svix takes it as a hint within its own schedule; other senders wait this long. */
const RETRY_AFTER_SECONDS = 5

/** What the sender is told: what happened, and what to do. Never a payload, never a secret [R2]. */
const REFUSALS: Record<Refusal, string> = {
  header_missing: 'The headers svix-id, svix-timestamp and svix-signature are needed: send the request through Svix.',
  timestamp_invalid: 'The header svix-timestamp is not a number of seconds.',
  timestamp_out_of_tolerance: "svix-timestamp is more than 300 s from this server's clock: set the clocks right.",
  signature_invalid:
    'No signature matches: CLERK_WEBHOOK_SIGNING_SECRET must be the signing secret of the endpoint that sent this, and nothing on the way may change the body.',
}

/** The receiver's whole surface: webhooks in, health out. */
export function createApp(parts: {
  verify: Verify
  enqueue: Enqueue
  checks: Checks
  metrics: Pick<ReceiverMetrics, 'count' | 'observe'>
  /** Nothing where nobody wants traces. */
  traces?: RequestTraces | undefined
  log: Logger
  /** Express's own setting: names and addresses, a number of hops, or all and none. */
  trustProxy: string | number | boolean
  now: () => number
}): Express {
  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  app.set('trust proxy', parts.trustProxy)

  const refuseWebhook: Refuse = (response, status, reason, message) => {
    parts.metrics.count('rollcall_webhooks_total', { status: String(status), reason })
    refuse(response, status, reason, message)
  }
  const raw = express.raw({ type: () => true, limit: BODY_LIMIT, inflate: false })
  if (parts.traces) app.post(WEBHOOK_PATH, parts.traces.noteArrival)
  app
    .route(WEBHOOK_PATH)
    .post(requireJson(refuseWebhook), raw, receiveWebhook(parts, refuseWebhook))
    .all((_request, response) => {
      response.set('allow', 'POST')
      refuseWebhook(response, 405, 'method_not_allowed', 'Webhooks are sent with POST.')
    })
  app.get('/healthz', (_request, response) => void response.json({ status: 'ok' }))
  app.get('/readyz', async (_request, response) => {
    const state = await readiness(parts.checks)
    response.status(state.ready ? 200 : 503).json(state)
  })
  app.use((_request, response) => {
    refuse(response, 404, 'not_found', `Webhooks are received at POST ${WEBHOOK_PATH}.`)
  })
  app.use(bodyError(parts.log, refuseWebhook))
  return app
}

const receiveWebhook =
  (
    { verify, enqueue, metrics, traces, log, now }: Parameters<typeof createApp>[0],
    refuseWebhook: Refuse,
  ): RequestHandler =>
  async (request, response) => {
    const raw = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
    const startedAt = performance.now()
    const verdict = verify(raw, request.headers, now())
    const verifiedAt = performance.now()
    metrics.observe('rollcall_webhook_verification_seconds', {}, (verifiedAt - startedAt) / 1_000)
    if (!verdict.verified) {
      log.warn({ reason: verdict.reason, ip: addressOf(request), bytes: raw.length }, 'webhook.refused')
      return refuseWebhook(response, 400, verdict.reason, REFUSALS[verdict.reason])
    }
    const { messageId, receivedAt } = verdict.delivery
    const span = traces?.begin(request, response, messageId)
    try {
      await enqueue(verdict.delivery, span?.traceparent)
    } catch (thrown) {
      const error = toPipelineError(thrown)
      span?.fail(error.code)
      log.error({ messageId, error }, 'webhook.deferred')
      return defer(response, error, refuseWebhook)
    } finally {
      metrics.observe('rollcall_webhook_enqueue_seconds', {}, (performance.now() - verifiedAt) / 1_000)
    }
    metrics.count('rollcall_webhooks_total', { status: '200', reason: 'accepted' })
    log.debug({ messageId, bytes: raw.length, durationMs: now() - receivedAt }, 'webhook.accepted')
    response.status(200).json({ status: 'queued' })
  }

const JSON_TYPE = /^application\/json\s*(;|$)/i

/**
 * Svix sends JSON, never compressed. The signature is over the bytes as they came, so nothing may unpack them.
 * `request.is` would refuse a signed body of nothing that has no content-length [R5].
 */
const requireJson =
  (refuseWebhook: Refuse): RequestHandler =>
  (request, response, next) => {
    const { 'content-type': type = '', 'content-encoding': encoding = 'identity' } = request.headers
    if (JSON_TYPE.test(type) && encoding === 'identity') return next()
    refuseWebhook(response, 415, 'unsupported_media_type', 'Webhooks are application/json, without a content-encoding.')
  }

/** The event is fine and there is nowhere to put it: the sender must keep it and try again [R3]. */
function defer(response: Response, error: PipelineError, refuseWebhook: Refuse): void {
  response.set('retry-after', String(RETRY_AFTER_SECONDS))
  refuseWebhook(response, 503, error.code, `Not queued: ${error.message}. Send it again.`)
}

type Refuse = (response: Response, status: number, error: string, message: string) => void

const refuse: Refuse = (response, status, error, message) => void response.status(status).json({ error, message })

/** What a proxy passes on as an address may be any text that its own sender wrote [L2]. */
const addressOf = ({ ip = '' }: Request): string | undefined => (isIP(ip) === 0 ? undefined : ip)

/** What `express.raw` throws while reading: a body over the limit, or a sender that went away. */
const bodyError =
  (log: Logger, refuseWebhook: Refuse): ErrorRequestHandler =>
  (thrown, _request, response, _next) => {
    const status = typeof thrown?.status === 'number' ? thrown.status : 500
    if (status >= 500) log.error({ error: thrown }, 'request.failed')
    if (status === 413) return refuseWebhook(response, 413, 'body_too_large', `A webhook has at most ${BODY_LIMIT}.`)
    if (status < 500)
      return refuseWebhook(response, 400, 'body_unreadable', 'The request broke off while its body was read.')
    return refuseWebhook(response, 500, 'unexpected', 'Something unexpected happened here. Send it again.')
  }
