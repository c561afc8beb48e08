import type { Settlement } from '@rollcall/mirror/apply'

/** How the events of a batch ended, each in a word: its outcome, or the code of the error for which it is tried again. */
export const outcomesOf = (settled: readonly PromiseSettledResult<Settlement>[]): readonly string[] =>
  settled.map((result) => (result.status === 'fulfilled' ? result.value.outcome : result.reason.code))
