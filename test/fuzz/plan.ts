/** How much is done. */
export interface Plan {
  /** Bodies that are mapped, and threads that do it. */
  readonly mapped: number
  readonly threads: number
  /** Events that are applied through a real Postgres. */
  readonly applied: number
  /** Connections on which whatever is sent to a receiver, and how many at once. */
  readonly received: number
  readonly atOnce: number
  /** Connections that only stand. */
  readonly standing: number
}

export const FULL: Plan = {
  mapped: 1_000_000,
  threads: 2,
  applied: 25_000,
  received: 100_000,
  atOnce: 64,
  standing: 10_000,
}

/** Shows that it all runs, within 40 s. */
export const QUICK: Plan = { mapped: 10_000, threads: 2, applied: 600, received: 1_500, atOnce: 64, standing: 100 }
