/** What was sent, by its kind, and what became of each. */
export interface Tally {
  readonly kinds: Map<string, Map<string, number>>
  slowestMs: number
  slowestKind: string
}

export const newTally = (): Tally => ({ kinds: new Map(), slowestMs: 0, slowestKind: '' })

export function countedAs(tally: Tally, kind: string, result: string, tookMs: number, count = 1): void {
  const results = tally.kinds.get(kind) ?? new Map<string, number>()
  results.set(result, (results.get(result) ?? 0) + count)
  tally.kinds.set(kind, results)
  if (tookMs > tally.slowestMs) Object.assign(tally, { slowestMs: tookMs, slowestKind: kind })
}

/** Adds what another has counted. */
export function addTally(sum: Tally, other: Tally): void {
  for (const [kind, results] of other.kinds) {
    for (const [result, count] of results) countedAs(sum, kind, result, 0, count)
  }
  if (other.slowestMs > sum.slowestMs)
    Object.assign(sum, { slowestMs: other.slowestMs, slowestKind: other.slowestKind })
}

export const totalOf = ({ kinds }: Tally): number =>
  [...kinds.values()].flatMap((results) => [...results.values()]).reduce((sum, count) => sum + count, 0)
