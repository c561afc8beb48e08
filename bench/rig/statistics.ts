/** What was measured once in each round, and what that comes to. */
export interface Spread {
  readonly median: number
  readonly min: number
  readonly max: number
}

/** Throws where there is nothing, or nothing that is a number: a benchmark that measures nothing must not pass for one. */
export function spreadOf(what: string, rounds: readonly number[]): Spread {
  if (rounds.length === 0 || !rounds.every(Number.isFinite))
    throw new Error(`${what}: measured nothing [${rounds.join(', ')}]`)
  return { median: percentile(rounds, 0.5), min: Math.min(...rounds), max: Math.max(...rounds) }
}

/** The smallest value that so large a share of them does not exceed. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = Float64Array.from(values).sort()
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]!
}

/** The best of some, with what made it. */
export const bestOf = <Each extends { readonly perSecond: number }>(tried: readonly Each[]): Each =>
  tried.reduce((best, each) => (each.perSecond > best.perSecond ? each : best))
