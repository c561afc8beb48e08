import { compareRows, isDrift } from '@rollcall/mirror/compare-rows'
import type { Mirror } from '@rollcall/mirror/database'
import { writeSnapshots } from '@rollcall/mirror/write-snapshots'
import type { Catalog, MirroredResource } from '@rollcall/resources/catalog'
import { sql } from 'kysely'
import type { Answer } from './ask-clerk.ts'
import { instanceOfRows } from './instance-of-rows.ts'
import { readRow, type StoredRow } from './read-row.ts'

/**
 * Writes what Clerk answered, as any snapshot is written: unless an event was faster and the mirror says the same or more
 * by now [K1] [K2]. Answers the row as it then stands.
 */
export async function writeAnswer(
  { db, schema }: Mirror,
  catalog: Catalog,
  resource: MirroredResource,
  { data, readAt }: Answer,
  options: { readonly instanceId: string | undefined; readonly timeoutMs: number },
): Promise<StoredRow> {
  // Whatever the app's connections have for a default: the row is to be read as it stands when it has been waited for.
  const transaction = db.transaction().setIsolationLevel('read committed')
  return transaction.execute(async (transaction) => {
    // Nobody waits for longer; a row that somebody holds would keep a connection of the pool until it is let go.
    await sql`select set_config('statement_timeout', ${String(options.timeoutMs)}, true)`.execute(transaction)
    const instanceId = options.instanceId ?? (await instanceOfRows(transaction, schema, resource))
    const row = resource.snapshotRow({ data, readAt, instanceId }, catalog.omissions)
    const [compared] = await compareRows(transaction, schema, resource, [row])
    if (isDrift(compared!.comparison)) await writeSnapshots(transaction, schema, catalog, resource, [compared!.row])
    return (await readRow(transaction, schema, resource, row.id))!
  })
}
