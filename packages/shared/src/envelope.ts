import { bodyText, type Delivery } from './delivery.ts'
import { PipelineError } from './errors.ts'
import { isJsonObject, type Json, nestsDeeperThan, parseJson } from './json.ts'
import { envelopeMilliseconds } from './time.ts'

/** One Clerk event, as far as every event is alike. */
export interface Envelope {
  readonly messageId: string
  /** Clerk's event type, `user.created`. Clerk adds types without notice. */
  readonly type: string
  /** Absent from bodies before 2025. */
  readonly instanceId: string | null
  /** When it happened at Clerk, in milliseconds. */
  readonly occurredAt: number
  readonly data: Json | undefined
}

/** Far above anything Clerk sends, far below where Postgres's JSON parser runs out of stack (several thousand). */
export const MAX_NESTING = 500

/** Clerk's own ids and types have some 30 characters; what is far longer is not one, and would not fit an index. */
const MAX_NAME_LENGTH = 255

const isName = (value: Json | undefined): value is string =>
  typeof value === 'string' && value !== '' && value.length <= MAX_NAME_LENGTH

/**
 * Reads a delivered body as a Clerk event. It asks for an object with a `type`, and for nothing else [W2].
 *
 * Clerk's `verifyWebhook` is of no use here: it drops the message id. Throws `payload_invalid`.
 */
export function parseEnvelope(delivery: Delivery): Envelope {
  const invalid = (reason: string) => new PipelineError('payload_invalid', `not a Clerk event: ${reason}`)

  const body = parseJson(bodyText(delivery))
  if (body === undefined) throw invalid('the body is not JSON')
  if (nestsDeeperThan(body, MAX_NESTING)) throw invalid(`the body nests deeper than ${MAX_NESTING} levels`)
  if (!isJsonObject(body)) throw invalid('the body is not a JSON object')
  if (!isName(body.type)) throw invalid(`\`type\` is not a text of 1 to ${MAX_NAME_LENGTH} characters`)

  return {
    messageId: delivery.messageId,
    type: body.type,
    instanceId: isName(body.instance_id) ? body.instance_id : null,
    occurredAt: envelopeMilliseconds(body.timestamp) ?? delivery.attemptedAt,
    data: body.data,
  }
}

/** The id of what the event is about, if it has one that can be looked up. */
export const entityId = (envelope: Envelope): string | null => idIn(envelope.data)

/** The id of an entity in Clerk's JSON, if it has one that can be looked up. */
export function idIn(data: Json | undefined): string | null {
  const id = isJsonObject(data) ? data.id : undefined
  return isName(id) ? id : null
}
