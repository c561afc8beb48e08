import { formatTable } from '@rollcall/cli/table'
import { type Footprint, type Measured, sparedOf } from './footprint.ts'
import type { Round } from './round.ts'
import type { Outcome } from './run.ts'

/** Rows below a header. */
export interface Table {
  readonly header: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

/** Faults by kind, with how long it took until all was well again. */
export function faultsTable({ injected, powerCuts }: Round): Table {
  const row = (kind: string, times: readonly number[]) => [
    kind,
    String(times.length),
    seconds(median(times)),
    seconds(Math.max(...times)),
  ]
  const kinds = Map.groupBy(injected, ({ fault }) => fault.kind)
  const rows = [...kinds].map(([kind, those]) =>
    row(
      kind,
      those.map(({ recoveredMs }) => recoveredMs),
    ),
  )
  return {
    header: ['fault', 'times', 'recovered, median', 'recovered, longest'],
    rows: [
      ...rows.sort(([one], [other]) => (one! < other! ? -1 : 1)),
      ['power cut, the last second of the file lost', String(powerCuts.length), '', ''],
      row(
        'all but power cuts',
        injected.map(({ recoveredMs }) => recoveredMs),
      ),
    ],
  }
}

/** What it all came to. */
export function figuresTable(
  { round, before, after, lostSynced, wrongSynced, loss, accounts }: Outcome,
  tookMs: number,
): Table {
  const { injected, powerCuts, sender, oracle, seed, tracker } = round
  const { deliveries, redeliveries, duplicates, refusals } = sender.figures
  const processes = sparedOf(after).map((process, i) => {
    const told = ({ megabytes, descriptors }: Footprint) => `${Math.round(megabytes)} MB, ${descriptors} descriptors`
    return [`${process.name} at rest, before and after`, `${told(sparedOf(before)[i]!)}; ${told(process)}`]
  })
  return {
    header: ['figure', 'value'],
    rows: [
      ['seed', String(seed)],
      ['took', `${Math.round(tookMs / 1_000)} s`],
      ['faults', String(injected.length + powerCuts.length)],
      ['events accepted', String(tracker.acceptances.size)],
      ['entities', String(oracle.count)],
      ['deliveries', String(deliveries)],
      ['sent again, because not accepted', String(redeliveries)],
      ['sent twice, on purpose', String(duplicates)],
      ['answers that were not 2xx', list(refusals)],
      ['deliveries of what had been settled', String(accounts.duplicates)],
      ['stale events', String(accounts.stale)],
      ['lost while Redis synced every write', String(lostSynced)],
      ['wrong rows while Redis synced every write', String(wrongSynced)],
      ['lost by power cuts with everysec', String(loss.lost.length)],
      ['rows that this made wrong', String(loss.rows)],
      ['found and mended by reconcile', `${loss.reconciled.driftedRows} and ${loss.reconciled.mendedRows}`],
      ['wrong rows in the end', String(loss.rowsLeft)],
      ['effects of handlers', String(accounts.effects)],
      [
        'effects that are missing, and that are there twice',
        `${accounts.effectsMissing.length} and ${accounts.effectsTwice}`,
      ],
      ...processes,
      [
        'connections to Postgres and to Redis at rest, before and after',
        `${connections(before)}; ${connections(after)}`,
      ],
    ],
  }
}

const connections = ({ held }: Measured): string => `${held.postgresConnections} and ${held.redisConnections}`

const list = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .map(([what, count]) => `${what}: ${count}`)
    .join(', ') || 'none'

export const asText = ({ header, rows }: Table): string => formatTable(header, rows, undefined).join('\n')

export const asMarkdown = ({ header, rows }: Table): string =>
  [header, header.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')

function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other)
  return (sorted[(sorted.length - 1) >> 1]! + sorted[sorted.length >> 1]!) / 2
}

const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`
