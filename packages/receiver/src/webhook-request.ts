import type { IncomingHttpHeaders } from 'node:http'
import { type Answer, refusal } from './answer.ts'
import type { Unread } from './read-body.ts'

/** Three times Svix's own ceiling of some 350 KB. */
export const BODY_LIMIT_BYTES = 1_048_576

/** Refusals of requests that need no look at the webhook; their codes are the metric's reasons as well [R9]. */
export const REQUEST_REFUSALS = {
  method_not_allowed: refusal(405, 'method_not_allowed', 'Webhooks are sent with POST.', { allow: 'POST' }),
  unsupported_media_type: refusal(
    415,
    'unsupported_media_type',
    'Webhooks are application/json, without a content-encoding.',
  ),
  body_too_large: refusal(413, 'body_too_large', 'A webhook has at most 1 MB.'),
  body_unreadable: refusal(400, 'body_unreadable', 'The request broke off while its body was read.'),
} as const satisfies Record<Unread | 'method_not_allowed' | 'unsupported_media_type', Answer>

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
