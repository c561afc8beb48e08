import { defineConfig } from 'vitest/config'
import suite from './vitest.config.ts'

/** Servers that are filled, frozen and failed over: a run of their own, so that what they do to the machine fails no other test. */
export default defineConfig({
  test: { ...suite.test, include: ['test/faults/**/*.test.ts'], exclude: [], maxWorkers: 3 },
})
