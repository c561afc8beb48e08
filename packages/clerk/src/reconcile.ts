import { fromPostgres } from '@rollcall/mirror/postgres-errors'
import { beginReconcile, failReconcile, finishReconcile } from '@rollcall/mirror/reconcile-runs'
import type { ReconcileOutcome } from '@rollcall/mirror/tables'
import type { Catalog, MirroredResource } from '@rollcall/resources/catalog'
import { pause } from '@rollcall/shared/deadline'
import { compareList } from './compare-list.ts'
import { type DriftReport, driftedRows, mendedRows, noDrift, type ResourceDrift } from './drift.ts'
import { findGone, type GoneRow, settleGone } from './gone-rows.ts'
import { listOf } from './lists.ts'
import { oneAtATime } from './one-at-a-time.ts'
import type { Scan } from './scan.ts'
import { createSingleReads } from './single-read.ts'

export interface ReconcileOptions extends Omit<Scan, 'reserved' | 'settleMs'> {
  readonly startedBy: 'command' | 'schedule'
  readonly settleMs?: number
}

export interface ReconcileResult {
  readonly outcome: Exclude<ReconcileOutcome, 'failed'>
  readonly driftedRows: number
  readonly mendedRows: number
  readonly drift: DriftReport
}

/** Svix gives an endpoint 15 s to answer, and the worker is quicker than that unless it is behind. */
const SETTLE_MS = 15_000

/**
 * Compares the mirror with everything that Clerk lists, and mends it, unless it only looks: rows that are missing, older
 * or changed, and those that Clerk no longer has [K12] [K13]. What changes while it looks is no drift [K14]. What it found
 * is kept in `reconcile_runs`.
 */
export function reconcile(options: ReconcileOptions): Promise<ReconcileResult> {
  const { mirror, instance, dryRun, startedBy } = options
  return oneAtATime(mirror, async (reserved) => {
    const run = { started_by: startedBy, dry_run: dryRun, instance_id: instance.id } as const
    const id = await beginReconcile(mirror.db, run)
    try {
      const result = resultOf(await scan({ ...options, settleMs: options.settleMs ?? SETTLE_MS, reserved }), dryRun)
      await finishReconcile(mirror.db, id, result)
      return result
    } catch (error) {
      // Where Postgres is away this fails as well; then the run stays unfinished, and the reason is what stopped it.
      await failReconcile(mirror.db, id, reasonOf(error, options.stop)).catch(() => undefined)
      throw error
    }
  })
}

function reasonOf(thrown: unknown, stop: AbortSignal): string {
  if (stop.aborted) return 'stopped: it was told to stop, and what it had mended by then stays.'
  const { code, message } = fromPostgres(thrown)
  return `${code}: ${message}`
}

function resultOf(drift: DriftReport, dryRun: boolean): ReconcileResult {
  const drifted = driftedRows(drift)
  const outcome = drifted === 0 ? 'agreed' : dryRun ? 'drifted' : 'mended'
  return { outcome, driftedRows: drifted, mendedRows: mendedRows(drift), drift }
}

async function scan(scan: Scan): Promise<DriftReport> {
  const drift: Record<string, ResourceDrift> = {}
  const gone: GoneRow[] = []
  const readOne = createSingleReads(scan.api)
  const resources = ownersLast(scan.catalog)
  for (const resource of resources) {
    const own = noDrift()
    drift[resource.name] = own
    await compareList(scan, resource, own)
    gone.push(...(await findGone(scan, readOne, resource, own)))
  }
  if (gone.length > 0) {
    await settle(scan, gone)
    for (const resource of resources) {
      const rows = gone.filter((row) => row.resource === resource)
      await settleGone(scan, resource, rows, drift[resource.name]!)
    }
  }
  return drift
}

/** So that each row is found by itself, and not gone with its owner by then: a dry run and a real one find the same. */
function ownersLast(catalog: Catalog): readonly MirroredResource[] {
  const owners = new Set(catalog.all.flatMap((each) => Object.values(each.owners).map(({ resource }) => resource)))
  const listed = catalog.mirrored.filter(({ name }) => listOf(name) !== undefined)
  return [...listed.filter(({ name }) => !owners.has(name)), ...listed.filter(({ name }) => owners.has(name))]
}

/** Until an event of the last deletion that may have been found would have been applied. */
async function settle({ settleMs, watch, stop }: Scan, gone: readonly GoneRow[]): Promise<void> {
  await watch.waiting(gone.length, settleMs)
  await pause(settleMs, stop)
  stop.throwIfAborted()
}
