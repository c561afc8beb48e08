import type { IncomingHttpHeaders } from 'node:http'
import { toPipelineError } from '@rollcall/shared/errors'
import type { Logger } from '@rollcall/shared/log'
import type { Span } from '@rollcall/shared/tracing'
import { type Answer, deferral, refusal, type Told } from './answer.ts'
import type { Enqueue } from './enqueue.ts'
import type { ReceiverMetrics } from './metrics.ts'
import type { Refusal, Verify } from './verify.ts'

const REFUSALS: Record<Refusal, Told> = {
  header_missing: {
    happened: 'One of the headers svix-id, svix-timestamp and svix-signature is missing.',
    next: 'Send the request through Svix, and let no proxy take them away.',
  },
  timestamp_invalid: {
    happened: 'The header svix-timestamp is not a number of seconds.',
    next: 'Send the request through Svix, and let no proxy change it.',
  },
  timestamp_out_of_tolerance: {
    happened: "svix-timestamp is more than 300 s from this server's clock.",
    next: 'Set the clocks right; a request that was recorded and sent again is too old.',
  },
  signature_invalid: {
    happened: 'No signature matches.',
    next: 'CLERK_WEBHOOK_SIGNING_SECRET must be the signing secret of the endpoint that sent this, as its page in the dashboard shows it, and nothing on the way may change the body.',
  },
}

const QUEUED: Answer = { status: 200, reason: 'accepted', json: JSON.stringify({ status: 'queued' }) }

/** A webhook as it came, by whichever server. */
export interface ReceivedWebhook {
  readonly raw: Buffer
  readonly headers: IncomingHttpHeaders
  /** Whose it is, as the log says it. */
  senderAddress(): string | undefined
  /** Begins its trace, once its signature is right; nothing where nobody wants traces. */
  beginTrace(messageId: string): Span | undefined
}

/** Takes a webhook: verifies it, hands it to the queue, and says what its sender is answered. */
export type Receive = (webhook: ReceivedWebhook) => Promise<Answer>

export function createReceive(parts: {
  readonly verify: Verify
  readonly enqueue: Enqueue
  readonly metrics: Pick<ReceiverMetrics, 'observe'>
  readonly log: Logger
  readonly now: () => number
}): Receive {
  const { verify, enqueue, metrics, log, now } = parts

  return async ({ raw, headers, senderAddress, beginTrace }) => {
    const startedAt = performance.now()
    const verdict = verify(raw, headers, now())
    const verifiedAt = performance.now()
    metrics.observe('rollcall_webhook_verification_seconds', {}, (verifiedAt - startedAt) / 1_000)
    if (!verdict.verified) {
      log.warn({ reason: verdict.reason, ip: senderAddress(), bytes: raw.length }, 'webhook.refused')
      return refusal(400, verdict.reason, REFUSALS[verdict.reason])
    }
    const { messageId, receivedAt } = verdict.delivery
    const span = beginTrace(messageId)
    try {
      await enqueue(verdict.delivery, span?.traceparent)
    } catch (thrown) {
      const error = toPipelineError(thrown)
      span?.fail(error.code)
      log.error({ messageId, error }, 'webhook.deferred')
      return deferral(error.code, { happened: `Not queued: ${error.message}.`, next: 'Send it again.' })
    } finally {
      metrics.observe('rollcall_webhook_enqueue_seconds', {}, (performance.now() - verifiedAt) / 1_000)
    }
    log.debug({ messageId, bytes: raw.length, durationMs: now() - receivedAt }, 'webhook.accepted')
    return QUEUED
  }
}
