import { differences } from '@rollcall/testkit/clerk/differences'
import { until } from '@rollcall/testkit/wait'
import { sql } from 'kysely'
import { expect } from 'vitest'
import type { History } from './history.ts'
import { type Installation, untilIdle } from './installation.ts'
import { type ExpectedRow, expectedRows, TABLES, type Table, VALUES, type Values } from './oracle.ts'

/**
 * Waits until nothing is under way any more, and then looks at everything: each row is the oracle's, each acknowledged message has
 * its one outcome, which spent no attempt, each effect of a handler is there once, and what stands in a row was applied.
 */
export async function expectAgreement(history: History, installation: Installation): Promise<void> {
  await untilQuiet(history, installation)
  const ledger = await ledgerOf(installation)
  expect([...ledger.keys()].sort(), 'a message has an outcome if it was acknowledged').toEqual(
    [...history.settled.keys()].sort(),
  )
  for (const { id, isPoison } of history.settled.values()) {
    const { outcome, attempts } = ledger.get(id)!
    if (isPoison) expect({ id, outcome }).toEqual({ id, outcome: 'failed' })
    else
      expect({ id, outcome, attempts }).toEqual({
        id,
        outcome: expect.stringMatching(/^(applied|stale)$/),
        attempts: 1,
      })
  }

  const rows = await rowsOf(installation)
  expect(rows).toEqual(expectedRows(history.facts, history.onDelete))
  const authors = TABLES.flatMap((table) => rows[table]).flatMap(({ event_id }) =>
    event_id === null ? [] : [event_id],
  )
  expect(
    authors.filter((id) => ledger.get(id)?.outcome !== 'applied'),
    'what a row holds was applied',
  ).toEqual([])

  const { rows: effects } = await sql<{ message_id: string }>`
    select message_id from public.effects order by message_id collate "C"`.execute(installation.mirror.db)
  const handled = [...history.settled.values()].filter(({ isPoison }) => !isPoison).map(({ id }) => id)
  expect(
    effects.map(({ message_id }) => message_id),
    'each handler happened once',
  ).toEqual(handled.sort())

  const { pending, lost, waiting } = history
  if (history.isTrue && pending.length + lost.length + waiting.length === 0) await expectClerk(history, installation)
}

/** All that was told is true, and the mirror has been told everything: its rows say what Clerk has. */
export async function expectClerk({ clerk }: History, { mirror }: Installation): Promise<void> {
  expect(await differences(mirror, mirror.catalog, clerk), 'the rows are as Clerk has them').toEqual([])
}

async function untilQuiet({ settled, isPaused }: History, { mirror, commands }: Installation): Promise<void> {
  if (!isPaused) await untilIdle(commands.queue)
  const isQuiet = async () => {
    const { rows } = await sql<{ known: string; waiting: string }>`
      select count(*) as known, count(*) filter (where handling = 'waiting') as waiting
      from clerk.webhook_events`.execute(mirror.db)
    const [{ known, waiting }] = rows as [(typeof rows)[number]]
    return Number(known) >= settled.size && waiting === '0'
  }
  await until(isQuiet, { timeoutMs: 90_000, what: `${settled.size} messages are settled and handled` })
}

interface Entry {
  readonly id: string
  readonly outcome: string
  readonly attempts: number
}

async function ledgerOf({ mirror }: Installation): Promise<ReadonlyMap<string, Entry>> {
  const entries = await mirror.db.selectFrom('webhook_events').select(['id', 'outcome', 'attempts']).execute()
  return new Map(entries.map((entry) => [entry.id, entry]))
}

const rowsOf = async (installation: Installation): Promise<Readonly<Record<Table, readonly ExpectedRow[]>>> =>
  Object.fromEntries(
    await Promise.all(TABLES.map(async (table) => [table, await tableRows(installation, table)] as const)),
  ) as Readonly<Record<Table, readonly ExpectedRow[]>>

type StoredRow = Readonly<Record<string, unknown>> & {
  readonly id: string
  readonly version: string
  readonly occurred_at: Date
  readonly event_id: string | null
  readonly deleted_at: Date | null
  readonly deleted_with?: readonly string[] | null
}

async function tableRows({ mirror }: Installation, table: Table): Promise<readonly ExpectedRow[]> {
  const { rows } = await sql<StoredRow>`
    select * from ${sql.id(mirror.schema, table)} order by id collate "C"`.execute(mirror.db)
  const valuesOf = (row: StoredRow) => Object.fromEntries(VALUES[table].map((column) => [column, row[column]]))
  const isErased = (row: StoredRow) => row.data === null && VALUES[table].every((column) => row[column] === null)
  return rows.map((row) => ({
    id: row.id,
    version: Number(row.version),
    occurred_at: row.occurred_at.getTime(),
    event_id: row.event_id,
    deleted_at: row.deleted_at?.getTime() ?? null,
    deleted_with: row.deleted_with ?? null,
    values: isErased(row) ? null : (valuesOf(row) as Values),
  }))
}
