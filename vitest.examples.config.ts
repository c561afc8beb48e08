import { defineConfig } from 'vitest/config'
import suite from './vitest.config.ts'

/** What apps install and how they use it: builds, installs and starts whole apps, which takes a minute or two. */
export default defineConfig({
  test: {
    ...suite.test,
    include: ['test/examples/**/*.test.ts'],
    exclude: [],
    maxWorkers: 2,
    testTimeout: 400_000,
    hookTimeout: 400_000,
  },
})
