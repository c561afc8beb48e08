import type { TestRun } from './test-run.ts'

/** What the global setup provides and `inject` gives to tests. */
declare module 'vitest' {
  export interface ProvidedContext {
    databaseUrl: string
    redisUrl: string
    testRun: TestRun
  }
}
