import { referencesOf } from '@rollcall/resources/references'
import type { Row } from '@rollcall/resources/row'
import type { PipelineError } from '@rollcall/shared/errors'
import type { Kysely } from 'kysely'
import { formerAddresses } from './addresses.ts'
import { erasedAmong, settleConsequences } from './consequences.ts'
import { eraseBodies } from './erase-bodies.ts'
import { type Asking, type Interpretation, isDeletion, messageIdOf } from './interpret.ts'
import { recordOutcomes, settledAmong } from './ledger.ts'
import { type Keeping, type LedgerEntry, ledgerEntry } from './ledger-entry.ts'
import { type Lineage, lockLineage } from './lineage-locks.ts'
import type { MirrorTables, Outcome } from './tables.ts'
import { writeRows } from './write-rows.ts'

/** How an event ended, as far as the transaction tells. `duplicate`: its message had been settled before. */
export interface Ending {
  readonly outcome: Outcome | 'duplicate'
  readonly error: PipelineError | undefined
  /** Whether what it is about, or a user it tells of, is erased: nothing that it says may be kept. */
  readonly isErased: boolean
}

/** A fresh event, and what the ledger will say of it; `applied` stands for what only the table can tell. */
interface Fresh {
  readonly event: Interpretation
  readonly entry: LedgerEntry
}

/**
 * One transaction over a batch: drop what is settled, upsert per table, settle what follows from deletions, write the
 * ledger. One ending per event, in the order given.
 */
export async function commitBatch(
  db: Kysely<MirrorTables>,
  schema: string,
  events: readonly Interpretation[],
  keeping: Keeping,
): Promise<readonly Ending[]> {
  const { catalog } = keeping
  const settled = await settledAmong(db, events.map(messageIdOf))
  const fresh = firstOfEach(events)
    .filter((event) => !settled.has(messageIdOf(event)))
    .map((event): Fresh => ({ event, entry: provisionalEntry(event, keeping) }))
  if (fresh.length === 0) return events.map((event) => endingOf(event, 'duplicate', false))
  const asking = fresh.map(({ event }) => event).filter((event) => event.asks === 'row')
  // A body that waits for its handler is spared until that has run.
  const bodied = fresh.map(({ entry }) => entry).filter(({ body, handling }) => body !== null && handling === null)

  await lockLineage(db, schema, lineageOf(asking, bodied))
  const addresses = await formerAddresses(db, schema, catalog, asking)
  const written = await upsertWinners(db, schema, asking)
  const erasedNow = await settleConsequences(
    db,
    schema,
    catalog,
    asking.filter(({ row }) => written.has(row)),
    addresses,
  )
  const entries = fresh.map(
    ({ event, entry }): LedgerEntry =>
      event.asks === 'row' && !written.has(event.row) ? { ...entry, outcome: 'stale' } : entry,
  )
  const recorded = await recordOutcomes(db, schema, entries)
  const erasedBefore = await erasedAmong(db, schema, catalog, bodied)
  const erased = await eraseBodies(db, schema, {
    entities: [...erasedNow.entities, ...erasedBefore.entities],
    users: [...erasedNow.users, ...erasedBefore.users],
    forgotten: erasedNow.forgotten,
  })

  const outcomes = new Map(fresh.map(({ event }, i) => [event, entries[i]!.outcome]))
  return events.map((event) => {
    const outcome = recorded.has(messageIdOf(event)) ? outcomes.get(event) : undefined
    return endingOf(event, outcome ?? 'duplicate', erased.includes(messageIdOf(event)))
  })
}

function provisionalEntry(event: Interpretation, keeping: Keeping): LedgerEntry {
  if (event.asks === 'row') return ledgerEntry(event, 'applied', undefined, keeping)
  return ledgerEntry(event, event.outcome, 'error' in event ? event.error : undefined, keeping)
}

/** What the batch deletes; and what it names: owners of rows, and those whom kept bodies are about or tell of. */
const lineageOf = (asking: readonly Asking[], bodied: readonly LedgerEntry[]): Lineage => ({
  deleted: asking.filter(isDeletion).map(({ row }) => row.id),
  named: [
    ...asking.flatMap(({ resource, row }) => referencesOf(resource, row)),
    ...bodied.flatMap(({ entity_id, user_ids }) => [...(entity_id === null ? [] : [entity_id]), ...(user_ids ?? [])]),
  ],
})

/** Writes the newest row of each id, and answers the rows that the tables took. */
async function upsertWinners(
  db: Kysely<MirrorTables>,
  schema: string,
  events: readonly Asking[],
): Promise<ReadonlySet<Row>> {
  const written: Row[] = []
  // In the order of the tables' names, so that no two transactions lock tables' rows in opposite orders [U2].
  const byTable = [...Map.groupBy(events, ({ resource }) => resource.table)].sort(([a], [b]) => (a < b ? -1 : 1))
  for (const [, asking] of byTable) {
    const { resource } = asking[0]!
    written.push(
      ...(await writeRows(
        db,
        schema,
        resource,
        asking.map(({ row }) => row),
      )),
    )
  }
  return new Set(written)
}

/** The events of distinct messages: one that is in the batch twice is applied once. */
const firstOfEach = (events: readonly Interpretation[]): Interpretation[] => [
  ...new Map(events.toReversed().map((event) => [messageIdOf(event), event])).values(),
]

const endingOf = (event: Interpretation, outcome: Ending['outcome'], isErased: boolean): Ending => ({
  outcome,
  error: outcome === 'failed' && 'error' in event ? event.error : undefined,
  isErased,
})
