import type { Pooler } from './shared-services.ts'
import type { TestRun } from './test-run.ts'

/** What the global setup provides and `inject` gives to tests. */
declare module 'vitest' {
  export interface ProvidedContext {
    databaseUrl: string
    redisUrl: string
    pooler: Pooler | undefined
    testRun: TestRun
  }
}
