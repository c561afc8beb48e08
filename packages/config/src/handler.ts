import type { WebhookEvent } from '@clerk/backend/webhooks'
import type { Transaction } from 'kysely'
import type { ResourceOfEvent, RowOf } from './known-resources.ts'
import type { MirroredTables, MirroredViews } from './mirrored-tables.ts'

/**
 * The tables that handlers write to. The mirrored ones are here; declare yours by merging:
 *
 * ```ts
 * declare module '@rollcall/config/handler' {
 *   interface Database { user_profiles: { id: Generated<string>; clerk_id: string } }
 * }
 * ```
 */
export interface Database extends MirroredTables<DefaultSchema>, MirroredViews<DefaultSchema> {}

/** Of `DATABASE_SCHEMA`. */
type DefaultSchema = 'clerk'

/** What a handler is given beside the event. */
export interface HandlerContext<Row> {
  /**
   * The transaction that also marks the event as handled: what is written through it happens once, whatever crashes.
   * Tables are named as the connection's `search_path` finds them, `user_profiles`, `clerk.users`.
   */
  readonly transaction: Transaction<Database>
  /** The mirrored row as it is now, which may be newer than the event; null where the resource is not mirrored. */
  readonly row: Row | null
  /** The event's id, the same however often the handler is tried: the idempotency key for effects outside of Postgres. */
  readonly messageId: string
  /** Aborts when the handler's time is up, for `fetch` and the like. */
  readonly signal: AbortSignal
  readonly log: HandlerLog
}

/** Writes a line to the worker's log, with the event's id and type in it. Say nothing personal: logs are not erased. */
export interface HandlerLog {
  info(fields: object, name: string): void
  warn(fields: object, name: string): void
  error(fields: object, name: string): void
}

/** Runs for one event after its row was committed. One that throws is tried again later. */
export type Handler<Type extends string = string> = (
  event: EventOf<Type>,
  context: HandlerContext<RowOfEvent<Type>>,
) => Promise<void> | void

/**
 * An event as Clerk's own types tell it, narrowed to its type; where they do not know the type, with any data. It is what
 * Clerk sent, less the fields that are left out, of which the types know nothing.
 */
export type EventOf<Type extends string> = [Narrowed<WebhookEvent, Type>] extends [never]
  ? UntypedEvent<Type>
  : Narrowed<WebhookEvent, Type>

/** One member of Clerk's union may stand for several types. */
type Narrowed<Event, Type extends string> = Event extends { readonly type: infer Types }
  ? Type extends Types
    ? Omit<Event, 'type'> & { readonly type: Type }
    : never
  : never

interface UntypedEvent<Type extends string> {
  readonly object: 'event'
  readonly type: Type
  readonly timestamp: number
  readonly instance_id: string
  readonly data: Readonly<Record<string, unknown>>
}

type RowOfEvent<Type extends string> = string extends Type
  ? Readonly<Record<string, unknown>>
  : RowOf<ResourceOfEvent<Type>>
