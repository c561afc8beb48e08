import { type Position, START } from './read-list.ts'
import type { Written } from './write-drift.ts'

/** What became of the entities that a backfill has read, so far. */
export interface Counts {
  readonly created: number
  readonly updated: number
  readonly unchanged: number
  /** Deleted here, although Clerk still answered them: deletions that came meanwhile, mostly. Nothing revives them. */
  readonly deleted: number
  /** Those that cannot be mirrored. */
  readonly failed: number
}

/** How far a resource's reading has come. Plain JSON, for it is kept in the database. */
export interface ResourceProgress extends Counts {
  readonly position: Position
  /** How many there were at Clerk; nothing where Clerk does not say. */
  readonly total: number | null
  readonly isDone: boolean
}

/** By resource. */
export type Progress = Readonly<Record<string, ResourceProgress>>

export const NOTHING_YET: ResourceProgress = {
  position: START,
  total: null,
  isDone: false,
  created: 0,
  updated: 0,
  unchanged: 0,
  deleted: 0,
  failed: 0,
}

/** The counts with a page's. What an event wrote first, while the page was written, is unchanged by the backfill. */
export function counted(before: Counts, { compared, written, failed }: Written): Counts {
  let { created, updated, unchanged, deleted } = before
  for (const { row, comparison } of compared) {
    if (comparison === 'deleted') deleted++
    else if (!written.has(row.id)) unchanged++
    else if (comparison === 'missing') created++
    else updated++
  }
  return { created, updated, unchanged, deleted, failed: before.failed + failed.length }
}
