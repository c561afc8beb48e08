import { runSeed } from '@rollcall/testkit/seed'
import { newSecret } from '@rollcall/testkit/svix'
import fc from 'fast-check'
import { describe, test } from 'vitest'
import { commandsOf } from './commands/all.ts'
import { closing } from './commands/closing.ts'
import { beginHistory } from './history.ts'
import { openInstallations } from './installations.ts'

/**
 * How many histories: `pnpm test:model` sets it to hundreds, in which workers are killed as well. The suite plays a short round, and
 * leaves processes that are killed to `crash.test.ts`.
 */
const LONG_ROUND = process.env.MODEL_RUNS
const RUNS = Number(LONG_ROUND ?? 4)
const MOST_COMMANDS = 60

/** Of a failure, as it says itself. */
const { MODEL_PATH: path, MODEL_REPLAY_PATH: replayPath } = process.env

/** Beyond it a counterexample is not made smaller any more, so that it is told of before the test's time is up. */
const MOST_MS = 120_000 + RUNS * 30_000
const REPORT_MS = 90_000

describe.each(['erase', 'keep'] as const)('the model, with deletions that %s', (onDelete) => {
  const seed = runSeed()
  const title = `[G1] [G2] [G3] [H2] [K1] after each step of any history rows, ledger and effects are as they have to be (seed ${seed})`
  test(title, { timeout: MOST_MS + REPORT_MS }, async () => {
    await using installations = openInstallations(onDelete)
    const startedAt = performance.now()
    const tally = new Map<string, number>()
    let runs = 0
    const commands = fc.commands(commandsOf({ kills: LONG_ROUND !== undefined }), {
      maxCommands: MOST_COMMANDS,
      size: 'max',
      ...(replayPath && { replayPath }),
    })
    const property = fc.asyncProperty(commands, async (these) => {
      const installation = await installations.take()
      const history = beginHistory({ onDelete, run: ++runs, secret: newSecret(), tally })
      try {
        await installation.acceptSecrets(history.secrets)
        await fc.asyncModelRun(() => ({ model: history, real: installation }), these)
        await closing(history, installation)
      } catch (error) {
        installations.spoil()
        throw error
      }
    })
    const result = await fc.check(property, {
      seed,
      numRuns: RUNS,
      interruptAfterTimeLimit: MOST_MS,
      markInterruptAsFailure: true,
      ...(path && { path, endOnFailure: true }),
    })
    if (result.failed) {
      const round = LONG_ROUND === undefined ? '' : `MODEL_RUNS=${LONG_ROUND} `
      const again = `${round}TEST_SEED=${seed} MODEL_PATH=${result.counterexamplePath} MODEL_REPLAY_PATH=… vitest run test/model`
      const report = await fc.asyncDefaultReportMessage(result)
      throw new Error(`${report}\n\nAgain, with the replayPath from above: ${again}`, { cause: result.errorInstance })
    }
    const seconds = Math.round((performance.now() - startedAt) / 1_000)
    const steps = [...tally.values()].reduce((sum, count) => sum + count, 0)
    console.log(
      `${runs} histories of ${steps} steps in ${seconds} s: ${[...tally].map(([kind, count]) => `${kind} ${count}`).join('; ')}`,
    )
  })
})
