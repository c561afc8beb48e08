import { finishBackfill, openBackfill, saveProgress } from '@rollcall/mirror/backfills'
import type { Mirror } from '@rollcall/mirror/database'
import type { Catalog, MirroredResource } from '@rollcall/resources/catalog'
import { oneAhead } from './ahead.ts'
import type { BackendApi } from './backend-api.ts'
import { counted, NOTHING_YET, type Progress, type ResourceProgress } from './backfill-progress.ts'
import type { Instance } from './instance.ts'
import { listOf } from './lists.ts'
import { oneAtATime } from './one-at-a-time.ts'
import { type Page, readList } from './read-list.ts'
import { type Failure, snapshotRows } from './snapshot-rows.ts'
import { countUsersAtClerk } from './users-count.ts'
import { writeDrift } from './write-drift.ts'

export interface BackfillOptions {
  readonly mirror: Mirror
  readonly catalog: Catalog
  readonly api: BackendApi
  readonly instance: Instance
  /** In the order in which they are read; Clerk has a list of each. */
  readonly resources: readonly MirroredResource[]
  /** Whether to begin anew where one was cut short. */
  readonly restart: boolean
  readonly watch: BackfillWatcher
}

/** Whoever wants to know how far it has come. */
export interface BackfillWatcher {
  /** Before the first page: since when it has been going on, if it was cut short. */
  began(resumedFrom: Date | undefined): void
  /** When a resource's reading begins, and after each of its pages. */
  progressed(resource: string, progress: ResourceProgress): void
  failed(resource: string, failure: Failure): void
}

/**
 * Brings the rows of everything that Clerk lists into the mirror, a page at a time, through the guard of events: beside
 * them it is safe, and it moves no row back [K1]. What is in the mirror already is not written again [K2]. Each page is
 * committed with the place where the reading goes on, from which a run that was cut short is taken up [K9].
 *
 * Answers what became of the entities, by resource.
 */
export function backfill(options: BackfillOptions): Promise<Progress> {
  const { mirror, instance, watch } = options
  const resources = options.resources.map(({ name }) => name)
  return oneAtATime(mirror, async () => {
    const wanted = { resources, instanceId: instance.id, restart: options.restart }
    const begun = await openBackfill<Progress>(mirror.db, wanted, {})
    watch.began(begun.begunAt)
    let progress = begun.progress
    for (const resource of options.resources) {
      progress = await backfillResource(options, resource, { id: begun.id, progress })
    }
    await finishBackfill(mirror.db, begun.id)
    return progress
  })
}

async function backfillResource(
  { mirror, catalog, api, instance, watch }: BackfillOptions,
  resource: MirroredResource,
  { id, progress }: { readonly id: string; readonly progress: Progress },
): Promise<Progress> {
  let own = progress[resource.name] ?? { ...NOTHING_YET, total: await totalOf(api, resource) }
  const whole = (): Progress => ({ ...progress, [resource.name]: own })
  watch.progressed(resource.name, own)
  if (own.isDone) return progress

  async function write(page: Page): Promise<void> {
    const { rows, failed } = snapshotRows(resource, page, instance.id, catalog.omissions)
    const before = own
    const written = await writeDrift(mirror, catalog, resource, rows, async (transaction, result) => {
      const counts = counted(before, { ...result, failed: [...failed, ...result.failed] })
      own = { ...before, ...counts, position: page.position, total: page.total ?? before.total }
      await saveProgress(transaction, id, whole())
    })
    for (const failure of [...failed, ...written.failed]) watch.failed(resource.name, failure)
  }

  for await (const page of oneAhead(readList(api, listOf(resource.name)!, own.position))) {
    await write(page)
    watch.progressed(resource.name, own)
  }
  own = { ...own, isDone: true }
  await saveProgress(mirror.db, id, whole())
  return whole()
}

/** Of users alone Clerk does not say with the list how many there are. */
const totalOf = (api: BackendApi, { name }: MirroredResource): Promise<number> | null =>
  name === 'user' ? countUsersAtClerk(api) : null
