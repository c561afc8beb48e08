import { createHash } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { type Delivery, packBody } from '@rollcall/shared/delivery'
import { Webhook, WebhookVerificationError } from 'standardwebhooks'

/** Why a request was not taken. Part of the answer's JSON, so that the sender's log tells what to mend. */
export type Refusal = 'header_missing' | 'timestamp_invalid' | 'timestamp_out_of_tolerance' | 'signature_invalid'

export type Verdict =
  | { readonly verified: true; readonly delivery: Delivery }
  | { readonly verified: false; readonly reason: Refusal }

export type Verify = (raw: Buffer, headers: IncomingHttpHeaders, nowMs: number) => Verdict

/** Svix's own tolerance, either way; `standardwebhooks` holds to it as well. */
const TOLERANCE_SECONDS = 300

/** Decodes as the Fetch standard decodes a request's text, without a byte order mark: it is what Svix signs. */
const DECODER = new TextDecoder()

/**
 * Checks Svix's signature over the raw body against each secret in turn [R1].
 *
 * It takes and refuses what `verifyWebhook` of `@clerk/express` does, which stands on the same library; but that one
 * takes one secret, drops the message id, and refuses a signed body for not being JSON. A test holds the two together.
 */
export function createVerify(secrets: readonly string[]): Verify {
  const webhooks = secrets.map((secret) => new Webhook(secret))

  return (raw, headers, nowMs) => {
    const id = header(headers, 'svix-id')
    const timestamp = header(headers, 'svix-timestamp')
    const signature = header(headers, 'svix-signature')
    if (!id || !timestamp || !signature) return { verified: false, reason: 'header_missing' }

    const seconds = Number.parseInt(timestamp, 10)
    if (Number.isNaN(seconds)) return { verified: false, reason: 'timestamp_invalid' }
    if (Math.abs(Math.floor(nowMs / 1_000) - seconds) > TOLERANCE_SECONDS) {
      return { verified: false, reason: 'timestamp_out_of_tolerance' }
    }

    const signed = { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signature }
    const text = DECODER.decode(raw)
    if (!webhooks.some((webhook) => matches(webhook, text, signed)))
      return { verified: false, reason: 'signature_invalid' }

    const delivery = {
      messageId: messageIdOf(id),
      attemptedAt: seconds * 1_000,
      receivedAt: nowMs,
      ...packBody(raw),
    }
    return { verified: true, delivery }
  }
}

function matches(webhook: Webhook, text: string, headers: Record<string, string>): boolean {
  try {
    webhook.verify(text, headers, { jsonParse: false })
    return true
  } catch (error) {
    if (error instanceof WebhookVerificationError) return false
    throw error
  }
}

/** A header's value, as the Fetch standard gives it: several joined, white space at the ends cut. */
function header(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name]
  return (Array.isArray(value) ? value.join(', ') : value)?.trim()
}

/** Svix's ids have some 30 characters. One too long for the ledger's index is known by its digest instead. */
const MAX_ID_LENGTH = 255

const messageIdOf = (id: string): string =>
  id.length <= MAX_ID_LENGTH ? id : `sha256-${createHash('sha256').update(id).digest('hex')}`
