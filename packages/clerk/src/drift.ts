import type { DriftKind } from '@rollcall/mirror/reconcile-summary'

/** Enough to look at, few enough for a row of `reconcile_runs`. */
const MOST_EXAMPLES = 5

/** What a reconcile found of one resource. Plain JSON, for it is kept in the database. */
export interface ResourceDrift {
  /** Entities that Clerk answered. */
  compared: number
  missing: number
  older: number
  changed: number
  gone: number
  /** Of those four together, the rows that were written. */
  mended: number
  /** Deleted here, by an event, and alive at Clerk: no answer revives them [V3], so they are told of and left. */
  contradicted: number
  /** Those that cannot be mirrored. */
  failed: number
  /** The ids of some, by what they are. */
  readonly examples: { [kind in DriftKind | 'contradicted' | 'failed']?: string[] }
}

/** By resource. */
export type DriftReport = Readonly<Record<string, ResourceDrift>>

export const noDrift = (): ResourceDrift => ({
  compared: 0,
  missing: 0,
  older: 0,
  changed: 0,
  gone: 0,
  mended: 0,
  contradicted: 0,
  failed: 0,
  examples: {},
})

export function countDrift(drift: ResourceDrift, kind: DriftKind | 'contradicted' | 'failed', id: string): void {
  drift[kind]++
  drift.examples[kind] ??= []
  if (drift.examples[kind].length < MOST_EXAMPLES) drift.examples[kind].push(id)
}

export const driftedRows = (report: DriftReport): number =>
  sum(report, ({ missing, older, changed, gone }) => missing + older + changed + gone)

export const mendedRows = (report: DriftReport): number => sum(report, ({ mended }) => mended)

const sum = (report: DriftReport, count: (drift: ResourceDrift) => number): number =>
  Object.values(report).reduce((total, drift) => total + count(drift), 0)
