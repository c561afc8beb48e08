import type { Resource, Row } from '@rollcall/resources/define-resource'
import { isDocumented } from '@rollcall/resources/event-types'
import { resourceOf } from '@rollcall/resources/registry'
import { bodyText, type Delivery } from '@rollcall/shared/delivery'
import { type Envelope, entityId, MAX_NESTING, parseEnvelope } from '@rollcall/shared/envelope'
import { type PipelineError, toPipelineError } from '@rollcall/shared/errors'
import { type Json, nestingDepth, parseJson } from '@rollcall/shared/json'
import type { Outcome } from './tables.ts'

/** A delivery, and how often the worker has taken it up, this time included. */
export interface Attempt {
  readonly delivery: Delivery
  readonly attempts: number
}

/** What an event asks for, decided from the event alone. Only a `row` needs the table to know its outcome. */
export type Interpretation = { readonly attempt: Attempt; readonly envelope: Envelope | undefined } & (
  | { readonly asks: 'row'; readonly resource: Resource; readonly row: Row }
  | { readonly asks: 'nothing'; readonly outcome: Exclude<Outcome, 'applied' | 'stale' | 'failed'> }
  | { readonly asks: 'nothing'; readonly outcome: 'failed'; readonly error: PipelineError }
)

/** Decides what an event asks for. Never throws: what is wrong with the event is its outcome [W1]. */
export function interpret(attempt: Attempt, allowedInstances: readonly string[] | undefined): Interpretation {
  let envelope: Envelope | undefined
  try {
    envelope = parseEnvelope(attempt.delivery)
    if (allowedInstances && !allowedInstances.includes(envelope.instanceId ?? '')) {
      return { attempt, envelope, asks: 'nothing', outcome: 'refused' }
    }
    const resource = resourceOf(envelope.type)
    if (!resource) return { attempt, envelope, asks: 'nothing', outcome: 'ignored' }
    return { attempt, envelope, asks: 'row', resource, row: resource.toRow(envelope) }
  } catch (thrown) {
    return { attempt, envelope, asks: 'nothing', outcome: 'failed', error: toPipelineError(thrown) }
  }
}

/** The ledger's view of an event that has ended. */
export interface LedgerEntry {
  readonly id: string
  readonly type: string | null
  readonly resource: string | null
  readonly entity_id: string | null
  readonly instance_id: string | null
  readonly occurred_at: number
  readonly received_at: number
  readonly outcome: Outcome
  readonly error: string | null
  readonly attempts: number
  readonly body: Json
}

/**
 * What the ledger says of an event. The body is kept where it may be needed again: of a failed event, which may be
 * mended, and of an unknown type, which a later version may mirror [D3].
 */
export function ledgerEntry(
  { attempt, envelope }: Interpretation,
  outcome: Outcome,
  error: PipelineError | undefined,
  bodies: 'needed' | 'all',
): LedgerEntry {
  const { delivery, attempts } = attempt
  const isUnknown = outcome === 'ignored' && envelope !== undefined && !isDocumented(envelope.type)
  const isBodyKept = bodies === 'all' || outcome === 'failed' || isUnknown
  return {
    id: delivery.messageId,
    type: envelope?.type ?? null,
    resource: envelope ? (resourceOf(envelope.type)?.name ?? null) : null,
    entity_id: envelope ? entityId(envelope) : null,
    instance_id: envelope?.instanceId ?? null,
    occurred_at: envelope?.occurredAt ?? delivery.attemptedAt,
    received_at: delivery.receivedAt,
    outcome,
    error: error ? `${error.code}: ${error.message}` : null,
    attempts,
    body: isBodyKept ? keptBody(delivery) : null,
  }
}

/** The body as JSON; as one JSON text where it is not JSON, or nests too deeply for Postgres to parse [W5]. */
function keptBody(delivery: Delivery): Json {
  const text = bodyText(delivery)
  return nestingDepth(text) > MAX_NESTING ? text : (parseJson(text) ?? text)
}
