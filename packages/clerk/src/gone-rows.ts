import { erasedFailures } from '@rollcall/mirror/erase-bodies'
import { aliveAmong, type UnseenRow, unseenRows } from '@rollcall/mirror/unseen-rows'
import { writeSnapshots } from '@rollcall/mirror/write-snapshots'
import type { MirroredResource } from '@rollcall/resources/catalog'
import { atMost } from '@rollcall/shared/at-most'
import { takeEntities } from './compare-list.ts'
import { countDrift, type ResourceDrift } from './drift.ts'
import type { Scan } from './scan.ts'
import { columnsToAskBy, type createSingleReads, type Sighting } from './single-read.ts'

/** A row of the mirror that Clerk says it no longer has. */
export interface GoneRow {
  readonly resource: MirroredResource
  readonly id: string
  /** When Clerk said so, in milliseconds. */
  readonly goneAt: number
}

type ReadOne = ReturnType<typeof createSingleReads>

/** Rows whose reading is planned at a time. */
const AT_A_TIME = 500

/** Questions under way at a time; the rate limit says how fast they follow. */
const AT_ONCE = 8

/**
 * The rows that the list did not have and that Clerk, asked for each, no longer has [K13]. Those that it does have, for
 * they were created while the list was read, are compared like the others.
 */
export async function findGone(
  scan: Scan,
  readOne: ReadOne,
  resource: MirroredResource,
  drift: ResourceDrift,
): Promise<readonly GoneRow[]> {
  const columns = columnsToAskBy(resource.name)
  if (!columns) return []
  const { reserved, mirror, instance } = scan
  const gone: GoneRow[] = []
  for (let after = ''; ; ) {
    const where = {
      instanceId: instance.id,
      ownsUnnamedRows: instance.ownsUnnamedRows,
      columns,
      after,
      limit: AT_A_TIME,
    }
    const rows = await unseenRows(reserved, mirror.schema, resource, where)
    const sightings = await askForEach(rows, (row) => readOne(resource.name, row))
    for (const [i, sighting] of sightings.entries()) {
      if (sighting.kind === 'absent') gone.push({ resource, id: rows[i]!.id, goneAt: sighting.readAt })
      else if (sighting.kind === 'present') await takePresent(scan, resource, sighting, drift)
    }
    if (rows.length < AT_A_TIME) return gone
    after = rows.at(-1)!.id
  }
}

const takePresent = (
  scan: Scan,
  resource: MirroredResource,
  { data, readAt }: Extract<Sighting, { kind: 'present' }>,
  drift: ResourceDrift,
) => takeEntities(scan, resource, { entities: [data], readAt }, drift)

/** The results in the order of the rows. The first failure is that of all: nobody asks on for nothing. */
function askForEach(
  rows: readonly UnseenRow[],
  ask: (row: UnseenRow) => Promise<Sighting>,
): Promise<readonly Sighting[]> {
  const inTurn = atMost(AT_ONCE)
  const broken = new AbortController()
  return Promise.all(
    rows.map((row) =>
      inTurn(async () => {
        broken.signal.throwIfAborted()
        return ask(row).catch((error) => {
          broken.abort(error)
          throw error
        })
      }),
    ),
  )
}

/** Marks those as deleted that no event has deleted meanwhile, unless it only looks: with all that follows from it [T3]. */
export async function settleGone(
  scan: Scan,
  resource: MirroredResource,
  gone: readonly GoneRow[],
  drift: ResourceDrift,
): Promise<void> {
  for (let from = 0; from < gone.length; from += AT_A_TIME) {
    const some = gone.slice(from, from + AT_A_TIME)
    const alive = await aliveAmong(
      scan.mirror.db,
      scan.mirror.schema,
      resource,
      some.map(({ id }) => id),
    )
    const drifted = some.filter(({ id }) => alive.has(id))
    const found = scan.dryRun ? alive : await remove(scan, resource, drifted)
    for (const id of found) countDrift(drift, 'gone', id)
    if (!scan.dryRun) drift.mended += found.size
  }
}

/** Answers the ids of those that were deleted by it. */
function remove(
  { mirror, catalog, instance, removeFailed }: Scan,
  resource: MirroredResource,
  gone: readonly GoneRow[],
): Promise<ReadonlySet<string>> {
  const rows = gone.map(({ id, goneAt }) => resource.goneRow({ id, goneAt, instanceId: instance.id }))
  return mirror.db.transaction().execute(async (transaction) => {
    const deleted = await writeSnapshots(transaction, mirror.schema, catalog, resource, rows)
    const failures = await erasedFailures(transaction, mirror.schema, catalog, [...deleted])
    // Before the commit: where the queue is away nothing is deleted, and the next run does it again.
    if (failures.length > 0) await removeFailed(failures)
    return deleted
  })
}
