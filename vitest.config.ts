import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Those that start whole processes take longest: begun last, one of them would go on alone when all others have ended. */
class WholeProcessesFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    const isWhole = ({ moduleId }: TestSpecification) => !moduleId.includes('/packages/')
    return [...sorted.filter(isWhole), ...sorted.filter((file) => !isWhole(file))]
  }
}

export default defineConfig({
  test: {
    include: ['packages/*/src/**/*.test.ts', 'test/**/*.test.ts'],
    exclude: ['test/faults/**', 'test/examples/**'],
    globalSetup: ['packages/testkit/src/global-setup.ts'],
    sequence: { sequencer: WholeProcessesFirst },
    // Every file has a database and a queue of its own, and mostly waits for other processes: more files at a time than
    // vitest would dare, which is one on two cores.
    maxWorkers: 4,
    // A worker keeps what it has loaded: nothing here is mocked, and no module has a state that a test could spoil. A fifth
    // of the suite's time went into loading the same modules for each file.
    isolate: false,
    // For a machine on which everything takes five times as long; what is waited for comes within seconds.
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
})
