import type { DriftReport, ResourceDrift } from '@rollcall/clerk/drift'
import type { ReconcileResult } from '@rollcall/clerk/reconcile'
import { formatTable } from '../table.ts'
import { wrap } from '../wrap.ts'

const ALWAYS = ['compared', 'missing', 'older', 'changed', 'gone'] as const

/** A row for each resource, the ids of some rows that differ, and what that means. What hardly ever happens is told where it did. */
export function reconcileReport(result: ReconcileResult, columns: number | undefined): readonly string[] {
  const { drift } = result
  const rare = (['contradicted', 'failed'] as const).filter((kind) =>
    Object.values(drift).some((found) => found[kind] > 0),
  )
  const shown = [...ALWAYS, ...rare]
  const rows = Object.entries(drift).map(([resource, found]) => [resource, ...shown.map((kind) => String(found[kind]))])
  const sentences = [...examplesIn(drift), ...rare.map((kind) => NOTES[kind]), verdict(result)]
  return [
    ...formatTable(['resource', ...shown], rows, columns),
    '',
    ...sentences.flatMap((line) => wrap(line, columns)),
  ]
}

/** `user gone: user_1, user_2, and 3 more`. */
const examplesIn = (drift: DriftReport): readonly string[] =>
  Object.entries(drift).flatMap(([resource, found]) =>
    (Object.entries(found.examples) as [keyof ResourceDrift['examples'], readonly string[]][]).map(([kind, ids]) => {
      const more = found[kind] - ids.length
      return `${resource} ${kind}: ${ids.join(', ')}${more > 0 ? `, and ${more} more` : ''}`
    }),
  )

const NOTES = {
  contradicted:
    'contradicted: an event says that they are deleted, and Clerk has them. Nothing revives a row, so they were left.',
  failed: 'failed: they cannot be mirrored. The column `drift` of reconcile_runs names them.',
} as const

function verdict({ outcome, driftedRows, mendedRows }: ReconcileResult): string {
  const rows = driftedRows === 1 ? '1 row' : `${driftedRows} rows`
  switch (outcome) {
    case 'agreed':
      return 'The mirror agrees with Clerk.'
    case 'drifted':
      return `${rows} would be mended. Run it without --dry-run to do so.`
    case 'mended':
      return mendedRows === driftedRows
        ? `${rows} differed, and were mended.`
        : `${rows} differed, ${mendedRows} of them were mended.`
  }
}
