import type { IncomingHttpHeaders } from 'node:http'
import { type Answer, deferral, refusal } from './answer.ts'
import type { Unread } from './read-body.ts'

/** Three times Svix's own ceiling of some 350 KB. */
export const BODY_LIMIT_BYTES = 1_048_576

/** Refusals of requests that need no look at the webhook; their codes are the metric's reasons as well [R9]. */
export const REQUEST_REFUSALS = {
  method_not_allowed: refusal(
    405,
    'method_not_allowed',
    {
      happened: 'Webhooks are sent with POST.',
      next: 'The address is right, if a browser shows this: it is what the endpoint needs.',
    },
    { allow: 'POST' },
  ),
  unsupported_media_type: refusal(415, 'unsupported_media_type', {
    happened: 'Webhooks are application/json, without a content-encoding.',
    next: 'Let nothing on the way change how they are sent.',
  }),
  body_too_large: refusal(413, 'body_too_large', {
    happened: 'A webhook has at most 1 MB.',
    next: 'Look at what sends this: Svix lets none be half as large.',
  }),
  body_unreadable: refusal(400, 'body_unreadable', {
    happened: 'The request broke off while its body was read.',
    next: 'Send it again.',
  }),
  // The connection goes with it: to read on what nobody keeps would hold up those that are quicker.
  bodies_too_many: closing(
    deferral('bodies_too_many', {
      happened: 'More came at once than there is room for, and this took longer than the rest.',
      next: 'Send it again.',
    }),
  ),
  // Not the sender's fault: it must keep the webhook until the app has been mended [R3].
  body_parsed: deferral('body_parsed', {
    happened: 'The app read the body before Rollcall did, and a signature is over the bytes as they came.',
    next: 'In the app, mount webhookRouter() before express.json(), or call the handler before request.json().',
  }),
} as const satisfies Record<Unread | 'method_not_allowed' | 'unsupported_media_type' | 'body_parsed', Answer>

/** A mistake of ours, for which no event is to be lost. */
export const UNEXPECTED = deferral('unexpected', {
  happened: 'Something unexpected happened here.',
  next: 'Send it again.',
})

function closing(answer: Answer): Answer {
  return { ...answer, headers: { ...answer.headers, connection: 'close' } }
}

const JSON_TYPE = /^application\/json\s*(;|$)/i

/** What of a request is wrong before its body is read. */
export function requestRefusal(method: string | undefined, headers: IncomingHttpHeaders): Answer | undefined {
  if (method !== 'POST') return REQUEST_REFUSALS.method_not_allowed
  return isPlainJson(headers) ? undefined : REQUEST_REFUSALS.unsupported_media_type
}

/** Svix sends JSON, never compressed. The signature is over the bytes as they came, so nothing may unpack them. */
function isPlainJson(headers: IncomingHttpHeaders): boolean {
  const { 'content-type': type = '', 'content-encoding': encoding = 'identity' } = headers
  return JSON_TYPE.test(type) && encoding === 'identity'
}
