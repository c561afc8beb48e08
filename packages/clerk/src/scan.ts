import type { Mirror } from '@rollcall/mirror/database'
import type { MirrorTables } from '@rollcall/mirror/tables'
import type { Catalog } from '@rollcall/resources/catalog'
import type { Kysely } from 'kysely'
import type { BackendApi } from './backend-api.ts'
import type { Instance } from './instance.ts'

/** What each part of a reconcile works with. */
export interface Scan {
  readonly mirror: Mirror
  readonly catalog: Catalog
  readonly api: BackendApi
  readonly instance: Instance
  /** Whether it only looks. */
  readonly dryRun: boolean
  /** How long events may be under way, in milliseconds: what changed no longer ago than that is not drift. */
  readonly settleMs: number
  /** Removes the jobs of these messages from the queue's failed set [T7]. */
  readonly removeFailed: (messageIds: readonly string[]) => Promise<void>
  readonly watch: ReconcileWatcher
  readonly stop: AbortSignal
  /** The transaction that holds the lock, and the ids that were seen. */
  readonly reserved: Kysely<MirrorTables>
}

/** Whoever wants to know how far it has come. */
export interface ReconcileWatcher {
  progressed(resource: string, read: number, total: number | undefined): void
  /** Before it waits to look again at so many rows that Clerk no longer has. */
  waiting(rows: number, milliseconds: number): void | Promise<void>
}
