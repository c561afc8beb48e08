import type { Results } from './run.ts'
import { type Tally, totalOf } from './tally.ts'

type Rows = readonly (readonly [what: string, figure: string])[]

const number = (value: number): string => Math.round(value).toLocaleString('en')

/** The results that are most of a kind, and how many others there were. */
const MOST_RESULTS = 5

function rowsOf(part: string, tally: Tally): Rows {
  const kinds = [...tally.kinds].toSorted(([a], [b]) => (a < b ? -1 : 1))
  return kinds.map(([kind, results]) => {
    const sorted = [...results].toSorted(([, a], [, b]) => b - a)
    const others = sorted.slice(MOST_RESULTS).reduce((sum, [, count]) => sum + count, 0)
    const told = sorted.slice(0, MOST_RESULTS).map(([result, count]) => `${result}: ${number(count)}`)
    return [`${part}: ${kind}`, [...told, ...(others > 0 ? [`others: ${number(others)}`] : [])].join(', ')] as const
  })
}

/** How often each status was answered, over all connections. */
function statusesOf({ kinds }: Tally): Rows {
  const counts = new Map<string, number>()
  for (const [results, count] of [...kinds.values()].flatMap((each) => [...each])) {
    for (const status of results.split(' ')) counts.set(status, (counts.get(status) ?? 0) + count)
  }
  const sorted = [...counts].toSorted(([a], [b]) => (a < b ? -1 : 1))
  return sorted.map(([status, count]) => [`receiver: answered ${status}`, number(count)] as const)
}

/** All that was found out, as rows of a table. */
export function resultRows({ mapped, applied, received, besieged, memory }: Results): Rows {
  return [
    ...(mapped
      ? ([
          ['bodies mapped', number(totalOf(mapped))],
          ...rowsOf('mapped', mapped),
          ['mapped: slowest', `${number(mapped.slowestMs)} ms, ${mapped.slowestKind}`],
        ] as const)
      : []),
    ...(applied
      ? ([
          ['events applied through Postgres', number(totalOf(applied.tally))],
          ['rows compared to the letter', number(applied.compared)],
          ...rowsOf('applied', applied.tally),
        ] as const)
      : []),
    ...(received
      ? ([
          ['connections to the receiver', number(totalOf(received.tally))],
          ['requests on them, at least', number(received.requests)],
          ['answered 200, and found in the ledger', number(received.acknowledged.length)],
          ...statusesOf(received.tally),
          ...rowsOf('receiver', received.tally).filter(([, told]) => told.length < 90),
          ['receiver: longest connection', `${number(received.tally.slowestMs)} ms, ${received.tally.slowestKind}`],
          ...senderRows('beside them', received.good),
        ] as const)
      : []),
    ...(besieged
      ? ([
          ['connections that only stood, at once', number(besieged.stood)],
          ['until all were closed', `${number(besieged.overMs)} ms`],
          ...senderRows('in the siege', besieged.good),
        ] as const)
      : []),
    ...Object.entries(memory).map(
      ([name, megabytes]) => [`most memory of the ${name}`, `${number(megabytes)} MB`] as const,
    ),
  ]
}

const senderRows = (
  when: string,
  good: { readonly acknowledged: readonly string[]; readonly deferred: number; readonly slowestMs: number },
): Rows => [
  [`good events ${when}`, `${number(good.acknowledged.length)} taken, ${number(good.deferred)} answers of 503`],
  [`slowest good answer ${when}`, `${number(good.slowestMs)} ms`],
]
