import { randomBytes } from 'node:crypto'
import { Webhook } from 'svix'
import { uniqueName } from './unique-name.ts'

export interface SignedRequest {
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Buffer
}

/** A signing secret as Svix makes them. */
export const newSecret = (): string => `whsec_${randomBytes(24).toString('base64')}`

/**
 * The request that Svix would send, signed by its own library rather than by ours. A body of bytes that are not UTF-8 is
 * signed as the text into which it decodes.
 */
export function signedRequest(message: {
  readonly secret: string
  readonly body: string | Buffer
  readonly messageId?: string
  readonly attemptedAt?: Date
}): SignedRequest {
  const { secret, body, messageId = uniqueName('msg'), attemptedAt = new Date() } = message
  return {
    headers: {
      'content-type': 'application/json',
      'svix-id': messageId,
      'svix-timestamp': String(Math.floor(attemptedAt.getTime() / 1_000)),
      'svix-signature': new Webhook(secret).sign(messageId, attemptedAt, body),
    },
    body,
  }
}

/** As long as Svix waits for an answer. */
const ANSWER_MS = 15_000

export const post = (url: string, request: SignedRequest): Promise<Response> =>
  fetch(url, {
    method: 'POST',
    headers: request.headers,
    body: request.body,
    signal: AbortSignal.timeout(ANSWER_MS),
  })
