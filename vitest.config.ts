import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['packages/*/src/**/*.test.ts', 'test/**/*.test.ts'],
    globalSetup: ['packages/testkit/src/global-setup.ts'],
    // Every file has a database and a queue of its own; what they share is the machine.
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
})
