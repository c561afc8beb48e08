import { Buffer, isUtf8 } from 'node:buffer'
import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { type Delivery, packBody } from '@rollcall/shared/delivery'

/** Why a request was not taken. Part of the answer's JSON, so that the sender's log tells what to mend. */
export type Refusal = 'header_missing' | 'timestamp_invalid' | 'timestamp_out_of_tolerance' | 'signature_invalid'

export type Verdict =
  | { readonly verified: true; readonly delivery: Delivery }
  | { readonly verified: false; readonly reason: Refusal }

export type Verify = (raw: Buffer, headers: IncomingHttpHeaders, nowMs: number) => Verdict

/** Svix's own tolerance, either way. */
const TOLERANCE_SECONDS = 300

/** Decodes as the Fetch standard decodes a request's text, without a byte order mark: it is what Svix signs. */
const DECODER = new TextDecoder()

const BYTE_ORDER_MARK = Buffer.from('\uFEFF')

/**
 * Checks Svix's signature over the raw body against each secret in turn [R1]: HMAC-SHA256 over
 * `id.timestamp.body` (https://docs.svix.com/receiving/verifying-payloads/how-manual).
 *
 * It takes and refuses what `verifyWebhook` of `@clerk/express` does; but that one takes one secret, drops the message id,
 * refuses a signed body for not being JSON, and is ten times as slow: the library beneath it computes SHA-256 in
 * JavaScript. A test holds the two together.
 */
export function createVerify(secrets: readonly string[]): Verify {
  const keys = secrets.map((secret) => Buffer.from(secret.replace(/^whsec_/, ''), 'base64'))

  return (raw, headers, nowMs) => {
    const id = header(headers, 'svix-id')
    const timestamp = header(headers, 'svix-timestamp')
    const signatures = header(headers, 'svix-signature')
    if (!id || !timestamp || !signatures) return { verified: false, reason: 'header_missing' }

    const seconds = Number.parseInt(timestamp, 10)
    if (Number.isNaN(seconds)) return { verified: false, reason: 'timestamp_invalid' }
    if (Math.abs(Math.floor(nowMs / 1_000) - seconds) > TOLERANCE_SECONDS) {
      return { verified: false, reason: 'timestamp_out_of_tolerance' }
    }

    const isText = isUtf8(raw)
    const signed = isText ? withoutMark(raw) : DECODER.decode(raw)
    const given = signaturesIn(signatures)
    const isSigned = keys.some((key) => {
      const right = createHmac('sha256', key).update(`${id}.${seconds}.`).update(signed).digest('base64')
      return given.some((signature) => isSame(signature, right))
    })
    if (!isSigned) return { verified: false, reason: 'signature_invalid' }

    const delivery = {
      messageId: messageIdOf(id),
      attemptedAt: seconds * 1_000,
      receivedAt: nowMs,
      ...packBody(raw, isText),
    }
    return { verified: true, delivery }
  }
}

const withoutMark = (text: Buffer): Buffer =>
  text.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK) ? text.subarray(BYTE_ORDER_MARK.length) : text

/** A header has `v1,<base64>` once or more, with spaces between; other versions are other methods. */
const signaturesIn = (header: string): readonly string[] =>
  header.split(' ').flatMap((each) => {
    const [version, signature] = each.split(',')
    return version === 'v1' && signature !== undefined ? [signature] : []
  })

/** In a time that does not tell where the two differ. */
function isSame(given: string, right: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(right)]
  return a.length === b.length && timingSafeEqual(a, b)
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
