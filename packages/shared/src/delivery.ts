import { isUtf8 } from 'node:buffer'

/**
 * A verified webhook as it travels through the queue: the body to the byte, and what only the request knew.
 * The receiver does not look inside; what the body means is decided by the worker [R6].
 */
export interface Delivery {
  /** Svix's message id: the same on every attempt and at every endpoint. */
  readonly messageId: string
  /** `svix-timestamp` of the attempt, in milliseconds. */
  readonly attemptedAt: number
  /** When the receiver took it, in milliseconds. */
  readonly receivedAt: number
  readonly body: string
  readonly encoding: 'utf8' | 'base64'
  /** Somebody had it run again from the ledger, also if it has been settled [Y2]. */
  readonly replayed?: true
}

/**
 * Packs a raw body. Text travels as text, to stay readable in the queue; what is not text, or holds U+0000, which the
 * Postgres queue's `jsonb` refuses, travels as base64. `isText`: whether it is UTF-8, if that is known already.
 */
export function packBody(raw: Buffer, isText = isUtf8(raw)): Pick<Delivery, 'body' | 'encoding'> {
  return isText && !raw.includes(0)
    ? { body: raw.toString('utf8'), encoding: 'utf8' }
    : { body: raw.toString('base64'), encoding: 'base64' }
}

const BYTE_ORDER_MARK = '\uFEFF'

/** The body as the text that was signed: decoded as the receiver's verifier does, without a byte order mark. */
export function bodyText({ body, encoding }: Pick<Delivery, 'body' | 'encoding'>): string {
  const text = encoding === 'utf8' ? body : Buffer.from(body, 'base64').toString('utf8')
  return text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text
}
