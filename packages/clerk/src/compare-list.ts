import { type Compared, compareRows, isDrift } from '@rollcall/mirror/compare-rows'
import { deletedBefore, forgetSeen, noteSeen } from '@rollcall/mirror/unseen-rows'
import type { MirroredResource } from '@rollcall/resources/catalog'
import { idIn } from '@rollcall/shared/envelope'
import { oneAhead } from './ahead.ts'
import { countDrift, type ResourceDrift } from './drift.ts'
import { listOf } from './lists.ts'
import { type Page, readList } from './read-list.ts'
import type { Scan } from './scan.ts'
import { snapshotRows } from './snapshot-rows.ts'
import { countUsersAtClerk } from './users-count.ts'
import { type Written, writeDrift } from './write-drift.ts'

/** Compares a resource's list with its table, writes what differs unless it only looks, and notes which ids it has. */
export async function compareList(scan: Scan, resource: MirroredResource, drift: ResourceDrift): Promise<void> {
  const { api, reserved, watch } = scan
  const users = resource.name === 'user' ? await countUsersAtClerk(api) : undefined
  await forgetSeen(reserved)
  watch.progressed(resource.name, 0, users)
  for await (const page of oneAhead(readList(api, listOf(resource.name)!))) {
    await takeEntities(scan, resource, page, drift)
    watch.progressed(resource.name, page.position.read, page.total ?? users)
  }
}

/** Entities that Clerk answered, from a list or one by one. */
export async function takeEntities(
  scan: Scan,
  resource: MirroredResource,
  answered: Pick<Page, 'entities' | 'readAt'>,
  drift: ResourceDrift,
): Promise<void> {
  const { mirror, catalog, instance, dryRun, reserved, settleMs } = scan
  const { rows, failed } = snapshotRows(resource, answered, instance.id, catalog.omissions)
  const result: Written = dryRun
    ? { compared: await compareRows(mirror.db, mirror.schema, resource, rows), written: new Set(), failed: [] }
    : await writeDrift(mirror, catalog, resource, rows)
  await noteSeen(
    reserved,
    answered.entities.map(idIn).filter((id) => id !== null),
  )

  const settledBefore = answered.readAt - settleMs
  drift.compared += answered.entities.length
  for (const failure of [...failed, ...result.failed]) countDrift(drift, 'failed', failure.id ?? 'without an id')
  for (const { row, comparison } of result.compared) {
    // An event may be under way, or have been faster than the mending was.
    if (!isDrift(comparison) || !isSettled(row, settledBefore) || !(dryRun || result.written.has(row.id))) continue
    countDrift(drift, comparison, row.id)
    if (!dryRun) drift.mended++
  }
  const deleted = result.compared.filter(({ comparison }) => comparison === 'deleted').map(({ row }) => row.id)
  if (deleted.length === 0) return
  const contradicted = await deletedBefore(mirror.db, mirror.schema, resource, deleted, settledBefore)
  for (const id of contradicted) countDrift(drift, 'contradicted', id)
}

/** Whether its last change is so long ago that its event should have come; one without a time of its own may be from ever. */
const isSettled = (row: Compared['row'], settledBefore: number): boolean =>
  row.version <= settledBefore || row.updated_at === null
