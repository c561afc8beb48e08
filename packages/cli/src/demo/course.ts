/** An event's time in the pipeline: taken by the receiver, and committed by the worker. Milliseconds, of any clock. */
export interface Passage {
  readonly receivedAt: number
  readonly appliedAt: number
}

/** How a run went, at equal steps from its beginning to its end. */
export interface Course {
  readonly stepMs: number
  /** Events that had been received and not been applied. */
  readonly depth: readonly number[]
  /** How long the oldest of those had waited by then, in milliseconds. */
  readonly lagMs: readonly number[]
}

/** Told from the passages afterwards, which is exact, and needs nobody to look in time. */
export function courseOf(passages: readonly Passage[], from: number, to: number, steps: number): Course {
  const stepMs = (to - from) / steps
  const moments = Array.from({ length: steps + 1 }, (_, i) => from + i * stepMs)
  const inside = moments.map((moment) =>
    passages.filter((each) => each.receivedAt <= moment && moment < each.appliedAt),
  )
  return {
    stepMs,
    depth: inside.map((waiting) => waiting.length),
    lagMs: inside.map((waiting, i) =>
      waiting.reduce((longest, { receivedAt }) => Math.max(longest, moments[i]! - receivedAt), 0),
    ),
  }
}

/** How fast events were applied, and how long they took. */
export interface Figures {
  readonly perSecond: number
  /** In the best of all whole seconds. */
  readonly mostInASecond: number
  readonly lagMs: { readonly median: number; readonly p95: number; readonly highest: number }
}

/** At least one passage is needed. */
export function figuresOf(passages: readonly Passage[]): Figures {
  const applied = passages.map(({ appliedAt }) => appliedAt).sort((a, b) => a - b)
  const first = Math.min(...passages.map(({ receivedAt }) => receivedAt))
  const lags = passages.map(({ receivedAt, appliedAt }) => appliedAt - receivedAt).sort((a, b) => a - b)
  const bySecond = Map.groupBy(applied, (at) => Math.floor((at - first) / 1_000))
  return {
    perSecond: passages.length / (Math.max(1, applied.at(-1)! - first) / 1_000),
    mostInASecond: Math.max(...[...bySecond.values()].map((all) => all.length)),
    lagMs: { median: percentile(lags, 0.5), p95: percentile(lags, 0.95), highest: lags.at(-1)! },
  }
}

const percentile = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)]!
