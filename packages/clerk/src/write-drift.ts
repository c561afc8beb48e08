import { type Compared, compareRows, isDrift } from '@rollcall/mirror/compare-rows'
import type { Mirror } from '@rollcall/mirror/database'
import { fromPostgres } from '@rollcall/mirror/postgres-errors'
import type { MirrorTables } from '@rollcall/mirror/tables'
import { writeSnapshots } from '@rollcall/mirror/write-snapshots'
import type { Catalog, MirroredResource } from '@rollcall/resources/catalog'
import type { Row } from '@rollcall/resources/row'
import { PipelineError } from '@rollcall/shared/errors'
import type { Transaction } from 'kysely'
import type { Failure } from './snapshot-rows.ts'

/** What became of rows that Clerk answered. */
export interface Written {
  /** How each stood to the mirror's, in the order given, less those that failed. */
  readonly compared: readonly Compared[]
  /** The ids of those that were written: what drifted, unless an event was faster. */
  readonly written: ReadonlySet<string>
  /** Those that Postgres refused for what they say. */
  readonly failed: readonly Failure[]
}

type InTransaction = (transaction: Transaction<MirrorTables>, result: Written) => Promise<void>

/**
 * Writes the rows that differ from the mirror's, and leaves the others alone [K2]. What is to be committed with them is
 * done in the same transaction. Where Postgres refuses a row, the rows are halved until it is alone, and the others are
 * written without it.
 */
export async function writeDrift(
  mirror: Mirror,
  catalog: Catalog,
  resource: MirroredResource,
  rows: readonly Row[],
  alongside: InTransaction = nothing,
): Promise<Written> {
  const { db, schema } = mirror

  /** Or the error of a row among them. */
  async function attempt(some: readonly Row[], then: InTransaction): Promise<Written | PipelineError> {
    try {
      return await db.transaction().execute(async (transaction) => {
        const compared = await compareRows(transaction, schema, resource, some)
        const drifted = compared.filter(({ comparison }) => isDrift(comparison)).map(({ row }) => row)
        const written = await writeSnapshots(transaction, schema, catalog, resource, drifted)
        const result = { compared, written, failed: [] }
        await then(transaction, result)
        return result
      })
    } catch (thrown) {
      const error = fromPostgres(thrown)
      if (error.disposition !== 'fail') throw error
      return error
    }
  }

  async function inHalves(some: readonly Row[], error: PipelineError): Promise<Written> {
    if (some.length === 1) return { compared: [], written: new Set(), failed: [{ id: some[0]!.id, error }] }
    const middle = some.length >> 1
    const first = await settle(some.slice(0, middle))
    return together(first, await settle(some.slice(middle)))
  }

  async function settle(some: readonly Row[]): Promise<Written> {
    const result = await attempt(some, nothing)
    return result instanceof PipelineError ? inHalves(some, result) : result
  }

  const whole = await attempt(rows, alongside)
  if (!(whole instanceof PipelineError)) return whole
  const result = await inHalves(rows, whole)
  await db.transaction().execute((transaction) => alongside(transaction, result))
  return result
}

async function nothing(): Promise<void> {}

const together = (one: Written, other: Written): Written => ({
  compared: [...one.compared, ...other.compared],
  written: one.written.union(other.written),
  failed: [...one.failed, ...other.failed],
})
