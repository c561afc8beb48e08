import type { Catalog } from '@rollcall/resources/catalog'
import { isDocumented } from '@rollcall/resources/event-types'
import { userIdsIn, usersToldOf } from '@rollcall/resources/references'
import { storableText } from '@rollcall/resources/storable'
import { bodyText, type Delivery } from '@rollcall/shared/delivery'
import { type Envelope, entityId, MAX_NESTING } from '@rollcall/shared/envelope'
import type { PipelineError } from '@rollcall/shared/errors'
import { isJsonObject, type Json, nestsDeeperThan, parseJson } from '@rollcall/shared/json'
import { groupOfError } from './error-group.ts'
import type { Interpretation } from './interpret.ts'
import type { Handling, Outcome, StaleAgainst } from './tables.ts'

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
  readonly user_ids: readonly string[] | null
  readonly handling: Handling | null
  readonly version: number | null
  readonly stale_against: StaleAgainst | null
  readonly error_group: string | null
}

/** Which bodies are kept. `none`: not even where one is needed, because Postgres takes it in no way. */
type Bodies = 'needed' | 'all' | 'none'

/** What of events the ledger keeps. */
export interface Keeping {
  readonly catalog: Catalog
  readonly bodies: Bodies
  /** The event types that have a handler. */
  readonly handledTypes: ReadonlySet<string>
}

/** What the ledger says of an event. */
export function ledgerEntry(
  event: Interpretation,
  outcome: Outcome,
  error: PipelineError | undefined,
  keeping: Keeping,
): LedgerEntry {
  const { attempt, envelope } = event
  const { delivery, attempts } = attempt
  const text = error ? `${error.code}: ${error.message}` : null
  const isHandled = hasHandler(envelope, outcome, keeping)
  // Of one that could not be read there is no body, and replays have its job run again [Q44].
  const isRead = error?.code !== 'job_unreadable'
  const kept = isHandled || (isRead && isBodyKept(envelope?.type, outcome, keeping.bodies))
  return {
    id: delivery.messageId,
    type: envelope?.type ?? null,
    resource: envelope ? (keeping.catalog.resourceOf(envelope.type)?.name ?? null) : null,
    entity_id: storableEntityId(envelope),
    instance_id: envelope?.instanceId ?? null,
    occurred_at: envelope?.occurredAt ?? delivery.attemptedAt,
    received_at: delivery.receivedAt,
    outcome,
    error: text,
    attempts,
    body: kept ? keptBody(delivery, envelope, keeping.catalog) : null,
    user_ids: kept ? toldUsers(delivery, envelope, keeping.catalog) : null,
    handling: isHandled ? 'waiting' : null,
    version: event.asks === 'row' ? event.row.version : null,
    stale_against: null,
    error_group: text && groupOfError(text),
  }
}

/** As the row has it: an id that Postgres does not store is replaced in both alike [W4]. */
export function storableEntityId(envelope: Envelope | undefined): string | null {
  const id = envelope ? entityId(envelope) : null
  return id === null ? null : storableText(id)
}

/** A handler runs for every event that was understood and is ours, also one that changed no row [H1]. */
function hasHandler(envelope: Envelope | undefined, outcome: Outcome, { handledTypes }: Keeping): boolean {
  if (envelope === undefined || outcome === 'failed' || outcome === 'refused') return false
  return handledTypes.has(envelope.type)
}

/**
 * Whether a body is kept for good: where it may be needed again. That of a failed event, which may be mended, and of an
 * unknown type, which a later version may mirror; but of what is not wanted here never, for it may carry a one-time
 * password [D3].
 */
export function isBodyKept(type: string | undefined, outcome: Outcome, bodies: Bodies): boolean {
  switch (outcome) {
    case 'applied':
    case 'stale':
      return bodies === 'all'
    case 'ignored':
      return bodies !== 'none' && type !== undefined && !isDocumented(type)
    case 'refused':
      return false
    case 'failed':
      return bodies !== 'none'
  }
}

/**
 * The body as JSON, without what is left out [T8]; as one JSON text where it is not JSON, or nests too deeply for
 * Postgres to parse [W5].
 */
function keptBody(delivery: Delivery, envelope: Envelope | undefined, catalog: Catalog): Json {
  const text = bodyText(delivery)
  const parsed = parseJson(text)
  const body = parsed === undefined || nestsDeeperThan(parsed, MAX_NESTING) ? text : parsed
  const resource = envelope && catalog.resourceOf(envelope.type)
  if (!resource || !isJsonObject(body) || !isJsonObject(body.data)) return body
  return { ...body, data: resource.withoutOmitted(body.data, catalog.omissions) }
}

/** Null where there are none, which costs the index nothing. */
function toldUsers(delivery: Delivery, envelope: Envelope | undefined, catalog: Catalog): readonly string[] | null {
  const resource = envelope && catalog.resourceOf(envelope.type)
  const users =
    resource && isJsonObject(envelope.data) ? usersToldOf(resource, envelope.data) : userIdsIn(bodyText(delivery))
  return users.length > 0 ? users : null
}
