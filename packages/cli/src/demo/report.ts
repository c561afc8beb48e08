import type { Outcome } from '@rollcall/mirror/tables'
import { formatTable } from '../table.ts'
import type { Figures } from './course.ts'

/** What a spike came to. */
export interface SpikeResult {
  readonly users: number
  readonly events: number
  readonly deliveries: number
  /** Deliveries of events that had been delivered before. */
  readonly duplicates: number
  /** Attempts that were answered 503 and made again. */
  readonly refused: number
  /** Events that arrived after something newer of the same user. */
  readonly late: number
  readonly outcomes: Readonly<Record<Outcome, number>>
  readonly lost: number
  /** Users whose rows are not what the ordered history ends in. */
  readonly wrongRows: readonly string[]
  readonly figures: Figures
  readonly outageMs: number
  /** From Postgres being back to everything being applied that had been received by then. */
  readonly caughtUpMs: number
  readonly queue: 'redis' | 'postgres'
}

/** Whether all that was promised held. */
export const isKept = ({ lost, wrongRows, outcomes }: SpikeResult): boolean =>
  lost === 0 && wrongRows.length === 0 && outcomes.failed === 0

/** Short enough for a terminal of 80 columns. */
export function spikeTable(result: SpikeResult, columns: number | undefined): readonly string[] {
  const { users, figures, outcomes, refused, lost, wrongRows } = result
  const { median, p95, highest } = figures.lagMs
  const rows = [
    ['sent', many(result.events), `events, in ${many(result.deliveries)} deliveries`],
    ['duplicates', many(result.duplicates), 'came again, and changed nothing'],
    ['late', many(result.late), 'came after something newer of the same user'],
    ...(refused > 0 ? [['refused', many(refused), '503 while the queue was away: sent again']] : []),
    ['applied', many(outcomes.applied), 'wrote their row'],
    ['stale', many(outcomes.stale), 'found something newer in its place'],
    ...(outcomes.failed > 0 ? [['failed', many(outcomes.failed), 'could not be applied']] : []),
    ['lost', many(lost), 'answered 200, and not in the ledger'],
    ['rows right', `${many(users - wrongRows.length)} of ${many(users)}`, 'equal to the ordered history'],
    ['throughput', `${many(Math.round(figures.perSecond))}/s`, `${many(figures.mostInASecond)} in the best second`],
    ['lag', `${seconds(median)} s`, `median; 95 % within ${seconds(p95)} s, all within ${seconds(highest)} s`],
    ['outage', `${seconds(result.outageMs)} s`, `all was applied ${seconds(result.caughtUpMs)} s after it`],
  ]
  return formatTable(['', 'result', 'what it is'], rows, columns)
}

const many = (count: number): string => count.toLocaleString('en')

const seconds = (milliseconds: number): string => (milliseconds / 1_000).toFixed(2)
