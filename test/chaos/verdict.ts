import { isDeepStrictEqual } from 'node:util'
import type { JobQueue } from '@rollcall/queue/job-queue'
import type { JsonObject } from '@rollcall/shared/json'
import { until } from '@rollcall/testkit/wait'
import type { Pool } from 'pg'
import type { Arena } from './arena.ts'
import { COLUMNS, TABLES, type Table } from './expected-row.ts'
import type { ExpectedRow, Oracle } from './oracle.ts'

/** What ledger and effects say in the end. */
export interface Accounts {
  readonly events: number
  readonly stale: number
  /** Deliveries of messages that had been settled. */
  readonly duplicates: number
  /** Messages that were accepted and are not in the ledger. */
  readonly lost: readonly string[]
  /** Everything else that may not be, whenever one looks. */
  readonly complaints: readonly string[]
  /** Messages whose handler has not ended well. */
  readonly unhandled: readonly string[]
  readonly effects: number
  readonly effectsMissing: readonly string[]
  readonly effectsTwice: number
}

/** A worker that died has its jobs for a few seconds, and a handler 15 s beyond its time; there may be pauses before. */
const DONE_MS = 180_000

export async function untilQueueIsEmpty({ queue }: Arena): Promise<void> {
  const isEmpty = async () => {
    const { waiting, active, delayed } = await queue.counts()
    if (waiting + active + delayed === 0) return true
    throw new Error(`${waiting} jobs wait, ${active} are active, ${delayed} delayed`)
  }
  await until(isEmpty, { timeoutMs: DONE_MS, what: 'the queue is empty' })
}

export async function untilHandled({ database }: Arena): Promise<void> {
  const isHandled = async () => {
    const { rows } = await database.query("select id from clerk.webhook_events where handling = 'waiting' limit 5")
    if (rows.length === 0) return true
    throw new Error(`the handlers of ${rows.map(({ id }) => id).join(', ')} wait`)
  }
  await until(isHandled, { timeoutMs: DONE_MS, what: 'no handler waits' })
}

interface LedgerRow {
  readonly id: string
  readonly outcome: string
  readonly handling: string | null
  readonly attempts: number
  readonly duplicates: number
  readonly error: string | null
}

/** Compares ledger and effects with what was accepted. */
export async function audit(
  { database, queue }: { readonly database: Pool; readonly queue: Pick<JobQueue, 'counts'> },
  accepted: ReadonlySet<string> | ReadonlyMap<string, unknown>,
): Promise<Accounts> {
  const ledger = await database.query<LedgerRow>(
    'select id, outcome, handling, attempts, duplicates, error from clerk.webhook_events',
  )
  const effects = await database.query<{ message_id: string; count: string }>(
    'select message_id, count(*) from public.effects group by message_id',
  )
  const effectsOf = new Map(effects.rows.map(({ message_id, count }) => [message_id, Number(count)]))
  const settled = new Map(ledger.rows.map((row) => [row.id, row]))
  const { failed } = await queue.counts()
  return {
    events: ledger.rows.length,
    stale: ledger.rows.filter(({ outcome }) => outcome === 'stale').length,
    duplicates: ledger.rows.reduce((sum, { duplicates }) => sum + duplicates, 0),
    lost: [...accepted.keys()].filter((id) => !settled.has(id)),
    complaints: [
      ...ledger.rows
        .filter(({ id }) => !accepted.has(id))
        .map(({ id }) => `${id} is in the ledger and was not accepted`),
      ...ledger.rows
        .filter(({ outcome }) => outcome !== 'applied' && outcome !== 'stale')
        .map(({ id, outcome, error }) => `${id} ended as ${outcome}: ${error}`),
      ...ledger.rows
        .filter(({ attempts }) => attempts !== 1)
        .map(({ id, attempts }) => `${id} took ${attempts} attempts`),
      ...(failed > 0 ? [`${failed} jobs are in the failed set`] : []),
      ...[...effectsOf].filter(([, count]) => count > 1).map(([id, count]) => `${id} had its effect ${count} times`),
      ...[...effectsOf.keys()]
        .filter((id) => !settled.has(id))
        .map((id) => `${id} had an effect and is not in the ledger`),
    ],
    unhandled: ledger.rows.filter(({ handling }) => handling !== 'handled').map(({ id }) => id),
    effects: effects.rows.length,
    effectsMissing: ledger.rows.filter(({ id }) => !effectsOf.has(id)).map(({ id }) => id),
    effectsTwice: [...effectsOf.values()].filter((count) => count > 1).length,
  }
}

/** A row that is not as the oracle says. */
export interface WrongRow {
  readonly table: Table
  readonly id: string
  readonly expected: ExpectedRow | undefined
  readonly found: JsonObject | undefined
}

/** All rows of all tables that differ from the oracle's, by any column. */
export async function wrongRows(database: Pool, oracle: Oracle): Promise<readonly WrongRow[]> {
  const wrong: WrongRow[] = []
  for (const table of TABLES) {
    const expected = oracle.rows(table)
    const found = new Map((await readTable(database, table)).map((row) => [row.id as string, row]))
    for (const id of new Set([...expected.keys(), ...found.keys()])) {
      const row = { table, id, expected: expected.get(id), found: found.get(id) }
      if (!isDeepStrictEqual(row.expected, row.found)) wrong.push(row)
    }
  }
  return wrong
}

/** All columns but when they were written, with times in milliseconds. */
async function readTable(database: Pool, table: Table): Promise<readonly JsonObject[]> {
  const { rows, fields } = await database.query<Record<string, unknown>>(`select * from clerk.${table}`)
  const names = fields.map(({ name }) => name).filter((name) => name !== 'synced_at')
  return rows.map(
    (row) => Object.fromEntries(names.map((name) => [name, plain(row[name], isNumber(table, name))])) as JsonObject,
  )
}

const isNumber = (table: Table, column: string): boolean =>
  column === 'version' ||
  (table === 'organizations' && /_count$|_memberships$/.test(column) && column in COLUMNS[table])

/** `pg` answers dates, and texts for a `bigint`. */
function plain(value: unknown, isBigint: boolean): unknown {
  if (value instanceof Date) return value.getTime()
  return isBigint && value !== null ? Number(value) : value
}

/** What differs of a row, column by column. */
export function describeWrong({ table, id, expected, found }: WrongRow): string {
  if (!found) return `${table} ${id} is missing`
  if (!expected) return `${table} ${id} is there, and never was`
  const differing = [...new Set([...Object.keys(expected), ...Object.keys(found)])].filter(
    (name) => !isDeepStrictEqual(expected[name], found[name]),
  )
  const told = differing.map((name) => `${name} ${JSON.stringify(found[name])} for ${JSON.stringify(expected[name])}`)
  return `${table} ${id}: ${told.join(', ')}`.slice(0, 600)
}
