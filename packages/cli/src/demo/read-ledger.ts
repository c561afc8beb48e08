import type { Mirror } from '@rollcall/mirror/database'
import { OUTCOMES, type Outcome } from '@rollcall/mirror/tables'
import { sql } from 'kysely'
import type { ExpectedRow } from './lives.ts'

/** An event in the ledger: how it ended, and its way there. */
export interface LedgerEvent {
  readonly id: string
  readonly outcome: Outcome
  readonly receivedAt: number
  readonly appliedAt: number
}

export async function readLedger({ db }: Mirror): Promise<readonly LedgerEvent[]> {
  const rows = await db.selectFrom('webhook_events').select(['id', 'outcome', 'received_at', 'applied_at']).execute()
  return rows.map((row) => ({
    id: row.id,
    outcome: row.outcome,
    receivedAt: row.received_at.getTime(),
    appliedAt: row.applied_at.getTime(),
  }))
}

/** How many events ended in each way. */
export const countOutcomes = (events: readonly LedgerEvent[]): Readonly<Record<Outcome, number>> =>
  Object.fromEntries(
    OUTCOMES.map((outcome) => [outcome, events.filter((event) => event.outcome === outcome).length]),
  ) as Record<Outcome, number>

/** The rows of users that are not what they should be, by their ids: missing, different, or of nobody. */
export async function wrongRows({ db, schema }: Mirror, expected: readonly ExpectedRow[]): Promise<readonly string[]> {
  const { rows } = await sql<ExpectedRow>`
    select
      id, event_id, deleted_at is not null as deleted, first_name, primary_email_address,
      (public_metadata ->> 'changes')::integer as changes
    from ${sql.id(schema, 'users')}`.execute(db)
  const byId = new Map(rows.map((row) => [row.id, row]))
  const wrong = expected.filter((row) => {
    const found = byId.get(row.id)
    return !found || Object.entries(row).some(([column, value]) => found[column as keyof ExpectedRow] !== value)
  })
  const known = new Set(expected.map(({ id }) => id))
  return [...wrong.map(({ id }) => id), ...rows.map(({ id }) => id).filter((id) => !known.has(id))]
}
