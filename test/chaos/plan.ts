/** How much of everything there is in a run. */
export interface Plan {
  /** So many events flow at the least: there are more where the faults take longer. */
  readonly events: number
  readonly eventsPerSecond: number
  /** Before the first fault, so that what is measured of the processes is not their start. */
  readonly warmUpEvents: number
  /** While one receiver and one worker live through everything but being stopped; and when each part may die, and all at once. */
  readonly sparingFaults: number
  readonly unsparingFaults: number
  /** Power cuts of a Redis that writes its file to disk every second. */
  readonly powerCuts: number
  /** How long a fault lasts, at the least and at the most. */
  readonly holdMs: readonly [number, number]
  /** For how long the events of a worker that died wait for another. Shorter than anybody's, so that there is time for many deaths. */
  readonly jobLockMs: number
  /** How much later than its first a message that was accepted may be sent again, as somebody does by hand. */
  readonly resentWithinMs: number
}

/** For CI: below three minutes on two cores that are shared. */
export const QUICK: Plan = {
  events: 5_000,
  eventsPerSecond: 80,
  warmUpEvents: 300,
  sparingFaults: 24,
  unsparingFaults: 5,
  powerCuts: 2,
  holdMs: [100, 800],
  jobLockMs: 1_500,
  resentWithinMs: 5_000,
}

/** By hand: its table is in docs/reliability.md. */
export const LONG: Plan = {
  events: 100_000,
  eventsPerSecond: 110,
  warmUpEvents: 3_000,
  sparingFaults: 150,
  unsparingFaults: 62,
  powerCuts: 8,
  holdMs: [100, 4_000],
  jobLockMs: 3_000,
  resentWithinMs: 30_000,
}
