/** How much is measured. */
export interface Plan {
  readonly rounds: number
  readonly accept: { readonly connections: readonly number[]; readonly seconds: number; readonly warmSeconds: number }
  readonly drain: {
    readonly backlog: number
    readonly warm: number
    /** Jobs in hand that BullMQ's workers are tried at; the best is measured. */
    readonly bullConcurrency: readonly number[]
    readonly upsertConcurrency: readonly number[]
    readonly sweep: readonly Sweep[]
  }
  readonly both: {
    readonly seconds: number
    readonly searchSeconds: number
    readonly searches: number
    readonly quietSeconds: number
  }
  readonly spike: {
    readonly events: number
    readonly seconds: number
    readonly outageFrom: number
    readonly outageSeconds: number
  }
  readonly growth: {
    readonly backlogs: readonly number[]
    readonly rows: readonly number[]
    readonly measured: number
    readonly warm: number
    readonly quietSeconds: number
  }
  readonly peer: { readonly seconds: number }
}

/** Settings of the worker that are tried beside its defaults. */
export interface Sweep {
  readonly batchSize: number
  readonly batchesInFlight: number
  readonly poolSize: number
}

/** What figures are published of: an hour. */
export const FULL: Plan = {
  rounds: 5,
  accept: { connections: [1, 64, 512], seconds: 3, warmSeconds: 3 },
  drain: {
    backlog: 100_000,
    warm: 5_000,
    bullConcurrency: [200, 500, 1_000],
    upsertConcurrency: [10, 50],
    sweep: [
      ...[100, 250, 500, 1_000].flatMap((batchSize) =>
        [2, 3].map((batchesInFlight) => ({ batchSize, batchesInFlight, poolSize: 10 })),
      ),
      // Fewer connections than batches, and more than anything could use.
      { batchSize: 500, batchesInFlight: 2, poolSize: 1 },
      { batchSize: 500, batchesInFlight: 2, poolSize: 20 },
    ],
  },
  both: { seconds: 60, searchSeconds: 10, searches: 5, quietSeconds: 20 },
  spike: { events: 50_000, seconds: 10, outageFrom: 3, outageSeconds: 5 },
  growth: {
    backlogs: [10_000, 100_000, 1_000_000],
    rows: [0, 1_000_000, 10_000_000],
    measured: 10_000,
    warm: 5_000,
    quietSeconds: 10,
  },
  peer: { seconds: 10 },
}

/** As little as shows that everything still runs: nothing that it measures means anything. */
export const QUICK: Plan = {
  rounds: 1,
  accept: { connections: [1, 64], seconds: 1, warmSeconds: 1 },
  drain: { backlog: 2_000, warm: 500, bullConcurrency: [200], upsertConcurrency: [10], sweep: [] },
  both: { seconds: 5, searchSeconds: 1, searches: 1, quietSeconds: 2 },
  spike: { events: 2_000, seconds: 2, outageFrom: 0.5, outageSeconds: 1 },
  growth: { backlogs: [1_000, 3_000], rows: [0, 2_000], measured: 500, warm: 200, quietSeconds: 1 },
  peer: { seconds: 2 },
}
