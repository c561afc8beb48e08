import type { Catalog, MirroredResource } from '@rollcall/resources/catalog'
import type { Row } from '@rollcall/resources/row'
import type { Delivery } from '@rollcall/shared/delivery'
import { type Envelope, parseEnvelope } from '@rollcall/shared/envelope'
import { type PipelineError, toPipelineError } from '@rollcall/shared/errors'
import type { Outcome } from './tables.ts'

/** A delivery, and how often the worker has taken it up, this time included. */
export interface Attempt {
  readonly delivery: Delivery
  readonly attempts: number
}

/** What an event asks for, decided from the event alone. Only a `row` needs the table to know its outcome. */
export type Interpretation = { readonly attempt: Attempt; readonly envelope: Envelope | undefined } & (
  | { readonly asks: 'row'; readonly resource: MirroredResource; readonly row: Row }
  | { readonly asks: 'nothing'; readonly outcome: Exclude<Outcome, 'applied' | 'stale' | 'failed'> }
  | { readonly asks: 'nothing'; readonly outcome: 'failed'; readonly error: PipelineError }
)

/** Decides what an event asks for. Never throws: what is wrong with the event is its outcome [W1]. */
export function interpret(
  attempt: Attempt,
  catalog: Catalog,
  allowedInstances: readonly string[] | undefined,
): Interpretation {
  let envelope: Envelope | undefined
  try {
    envelope = parseEnvelope(attempt.delivery)
    if (allowedInstances && !allowedInstances.includes(envelope.instanceId ?? '')) {
      return { attempt, envelope, asks: 'nothing', outcome: 'refused' }
    }
    const resource = catalog.mirroredBy(envelope.type)
    if (!resource) return { attempt, envelope, asks: 'nothing', outcome: 'ignored' }
    return { attempt, envelope, asks: 'row', resource, row: resource.toRow(envelope, catalog.omissions) }
  } catch (thrown) {
    return { attempt, envelope, asks: 'nothing', outcome: 'failed', error: toPipelineError(thrown) }
  }
}

export const messageIdOf = (event: Interpretation): string => event.attempt.delivery.messageId
