import type { Delivery } from '@rollcall/shared/delivery'
import { type Kysely, sql } from 'kysely'
import type { Handling, MirrorTables, Outcome } from './tables.ts'

/** A message as the ledger holds it. */
export interface KeptMessage {
  readonly id: string
  readonly outcome: Outcome
  readonly handling: Handling | null
  readonly occurred_at: Date
  readonly received_at: Date
  /** The body as text; null where it is not kept, or no more. */
  readonly body: string | null
}

/**
 * The body as text already where it lies: nothing is parsed only to be written out again. What was no JSON is kept as one
 * JSON text [W5].
 */
export const BODY_TEXT = sql<
  string | null
>`case jsonb_typeof(body) when 'string' then body #>> '{}' else body::text end`.as('body')

/** Those of these messages that the ledger holds, by id. */
export async function keptMessages(
  db: Kysely<MirrorTables>,
  ids: readonly string[],
): Promise<ReadonlyMap<string, KeptMessage>> {
  const rows = await db
    .selectFrom('webhook_events')
    .select(['id', 'outcome', 'handling', 'occurred_at', 'received_at'])
    .select(BODY_TEXT)
    .where('id', '=', sql<string>`any(${ids})`)
    .execute()
  return new Map(rows.map((row) => [row.id, row]))
}

/**
 * A kept message as a delivery, to be put on the queue again. The time of Svix's attempt is not kept: `occurred_at` is
 * that time where the envelope has none of its own to use, and elsewhere nobody asks for it [V4].
 */
export const deliveryOf = (message: KeptMessage, body: string): Delivery => ({
  messageId: message.id,
  attemptedAt: message.occurred_at.getTime(),
  receivedAt: message.received_at.getTime(),
  body,
  encoding: 'utf8',
  replayed: true,
})
