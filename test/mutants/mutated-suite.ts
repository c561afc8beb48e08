import { fileURLToPath } from 'node:url'
import { createVitest, type TestCase, type Vitest } from 'vitest/node'
import type { Mutant } from './mutant.ts'

/** Our tests, over the program as it is or over a mutant, of which nothing is written to the working tree. */
export interface MutatedSuite extends AsyncDisposable {
  /** Runs these files in this order, and answers what failed first; nothing where all passed. */
  run(tests: readonly string[], mutant?: Mutant): Promise<string | undefined>
}

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/** What takes longer has hung: the tests in question take a few seconds. */
const HUNG_MS = 60_000

export async function openMutatedSuite(): Promise<MutatedSuite> {
  let mutant: Mutant | undefined
  let failure: string | undefined
  const vitest = await createVitest(
    {
      root: ROOT,
      watch: false,
      maxWorkers: 1,
      silent: true,
      testTimeout: HUNG_MS,
      hookTimeout: HUNG_MS,
      // It would answer with what the module was before.
      fsModuleCache: false,
      reporters: [
        {
          onTestCaseResult(test) {
            if (test.result().state !== 'failed' || failure) return
            failure = nameOf(test)
            // Not by `bail`, which counts what failed in the runs before as well.
            void vitest.cancelCurrentRun('test-failure')
          },
        },
      ],
    },
    {
      plugins: [
        {
          name: 'mutant',
          enforce: 'pre',
          transform: (_code, id) =>
            mutant && id.split('?')[0] === ROOT + mutant.file ? { code: mutant.text, map: null } : undefined,
        },
      ],
    },
  )

  async function runFile(file: string): Promise<string | undefined> {
    failure = undefined
    const specifications = (await vitest.globTestSpecifications([file])).filter(
      ({ moduleId }) => moduleId === ROOT + file,
    )
    if (specifications.length === 0) throw new Error(`There are no tests in ${file}.`)
    const { unhandledErrors } = await vitest.runTestSpecifications(specifications, false)
    if (failure) return failure
    // What breaks while a file is loaded or set up is no test's failure.
    const module = specifications[0]!.testModule
    if (!module?.ok()) return `${file} as a whole: ${module?.errors()[0]?.message}`
    return unhandledErrors.length > 0 ? `an error that nothing caught: ${unhandledErrors[0]}` : undefined
  }

  return {
    async run(tests, next) {
      const changed = [mutant, next].flatMap((each) => (each ? [ROOT + each.file] : []))
      mutant = next
      for (const file of changed) forget(vitest, file)
      // One file after the other: the first one notices nearly everything, and setting up the next would be for nothing.
      for (const test of tests) {
        const failed = await runFile(test)
        if (failed) return failed
      }
      return undefined
    },
    [Symbol.asyncDispose]: () => vitest.close(),
  }
}

const nameOf = (test: TestCase): string => `${test.module.relativeModuleId}: ${test.name}`

/** So that it is read anew. */
function forget({ projects }: Vitest, file: string): void {
  for (const { vite } of projects) {
    for (const { moduleGraph } of Object.values(vite.environments)) moduleGraph.onFileChange(file)
  }
}
