import type { Bench } from './bench.ts'
import type { Target } from './target.ts'

/** Something measured once in each round. */
export interface Figure {
  readonly what: string
  readonly unit: string
  readonly rounds: readonly number[]
}

export interface SectionResult {
  readonly figures: readonly Figure[]
  readonly targets: readonly Target[]
}

/** One thing that is measured. Leaves the servers as empty as it found them. */
export type Section = (bench: Bench) => Promise<SectionResult>

/** Makes figures of what each round came to. */
export const figuresOver =
  <Round>(rounds: readonly Round[], of = '') =>
  (what: string, unit: string, measure: (round: Round) => number): Figure => ({
    what: of + what,
    unit,
    rounds: rounds.map(measure),
  })
