import { spreadOf } from './rig/statistics.ts'

/** What was aimed at: a ratio of two sides, mostly, once for each round. */
export interface Target {
  readonly id: string
  readonly what: string
  readonly limit: { readonly atLeast: number } | { readonly atMost: number }
  readonly unit?: 'ms' | 'MB'
  /** By the median of its rounds, unless it must hold in each of them. */
  readonly mustHold?: 'in every round'
  readonly rounds: readonly number[]
}

export interface JudgedTarget {
  readonly id: string
  readonly what: string
  readonly target: string
  readonly ratios: readonly number[]
  readonly median: number
  readonly min: number
  readonly max: number
  readonly met: boolean
}

/** Throws where nothing was measured. */
export function judge({ id, what, limit, unit, mustHold, rounds }: Target): JudgedTarget {
  const spread = spreadOf(id, rounds)
  const isAtLeast = 'atLeast' in limit
  const decisive = mustHold ? (isAtLeast ? spread.min : spread.max) : spread.median
  const met = isAtLeast ? decisive >= limit.atLeast : decisive <= limit.atMost
  const target = `${isAtLeast ? `>= ${limit.atLeast}` : `<= ${limit.atMost}`}${unit ? ` ${unit}` : ''}`
  return { id, what, target, ratios: rounds, ...spread, met }
}

/** Of both processes, whatever waits. */
const MOST_MEGABYTES = 200

export const memoryTargets = (
  section: string,
  rounds: readonly { readonly receiver: number; readonly worker: number }[],
): readonly Target[] =>
  (['receiver', 'worker'] as const).map((process) => ({
    id: `${section}.${process}`,
    what: `most memory of the ${process}`,
    limit: { atMost: MOST_MEGABYTES },
    unit: 'MB',
    mustHold: 'in every round',
    rounds: rounds.map((round) => round[process]),
  }))
