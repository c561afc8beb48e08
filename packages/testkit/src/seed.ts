/** The seed of this run's random tests: a new one each time, or the one of a failure, by `TEST_SEED=…`. */
export function runSeed(): number {
  const given = Number(process.env.TEST_SEED)
  return Number.isSafeInteger(given) && process.env.TEST_SEED !== undefined ? given : Date.now() % 2 ** 31
}
