import type { PipelineError } from '@rollcall/shared/errors'
import type { Kysely } from 'kysely'
import { erasedAmong } from './consequences.ts'
import { countDuplicates } from './count-duplicates.ts'
import { eraseBodies } from './erase-bodies.ts'
import { type Interpretation, messageIdOf } from './interpret.ts'
import { recordOutcomes, settledAmong } from './ledger.ts'
import { type Keeping, type LedgerEntry, ledgerEntry } from './ledger-entry.ts'
import { standingRows } from './standing-rows.ts'
import type { MirrorTables, Outcome } from './tables.ts'
import { writeRequested } from './write-requested.ts'

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
 * One transaction over a batch: drop what is settled and not replayed, upsert per table, settle what follows from deletions, write the
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
    .filter((event) => !settled.has(messageIdOf(event)) || isReplay(event))
    .map((event): Fresh => ({ event, entry: provisionalEntry(event, keeping) }))
  if (fresh.length === 0) {
    await countDuplicates(db, schema, duplicatesAmong(events, new Set()))
    return events.map((event) => endingOf(event, 'duplicate', false))
  }
  const asking = fresh.map(({ event }) => event).filter((event) => event.asks === 'row')
  // A body that waits for its handler is spared until that has run.
  const bodied = fresh.map(({ entry }) => entry).filter(({ body, handling }) => body !== null && handling === null)

  const written = await writeRequested(db, schema, catalog, asking, bodied.flatMap(subjectsOf))
  const standing = await standingRows(
    db,
    schema,
    asking.filter(({ row }) => !written.rows.has(row)),
  )
  const entries = fresh.map(
    ({ event, entry }): LedgerEntry =>
      event.asks === 'row' && !written.rows.has(event.row)
        ? { ...entry, outcome: 'stale', stale_against: standing(event) }
        : entry,
  )
  const replayed = fresh.map(({ event }) => event).filter(isReplay)
  const recorded = await recordOutcomes(db, schema, entries, replayed.map(messageIdOf))
  const erasedBefore = await erasedAmong(db, schema, catalog, bodied)
  const erased = await eraseBodies(db, schema, {
    entities: [...written.erased.entities, ...erasedBefore.entities],
    users: [...written.erased.users, ...erasedBefore.users],
    forgotten: written.erased.forgotten,
  })

  await countDuplicates(db, schema, duplicatesAmong(events, recorded))

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

const isReplay = (event: Interpretation): boolean => event.attempt.delivery.replayed === true

/** How often each message was delivered to no effect. What somebody replays is no delivery of Svix's. */
function duplicatesAmong(
  events: readonly Interpretation[],
  recorded: ReadonlySet<string>,
): ReadonlyMap<string, number> {
  const delivered = events.filter((event) => !isReplay(event))
  const counts = [...Map.groupBy(delivered, messageIdOf)].map(
    ([id, those]) => [id, those.length - (recorded.has(id) ? 1 : 0)] as const,
  )
  return new Map(counts.filter(([, count]) => count > 0))
}

/** Those whom an event is about or tells of: its body is kept only if none of them is erased. */
const subjectsOf = ({ entity_id, user_ids }: LedgerEntry): readonly string[] => [
  ...(entity_id === null ? [] : [entity_id]),
  ...(user_ids ?? []),
]

/** The events of distinct messages: one that is in the batch twice is applied once. */
const firstOfEach = (events: readonly Interpretation[]): Interpretation[] => [
  ...new Map(events.toReversed().map((event) => [messageIdOf(event), event])).values(),
]

const endingOf = (event: Interpretation, outcome: Ending['outcome'], isErased: boolean): Ending => ({
  outcome,
  error: outcome === 'failed' && 'error' in event ? event.error : undefined,
  isErased,
})
