import { createClerkClient } from '@clerk/backend'
import { applyBatch } from '@rollcall/mirror/apply'
import { everything, keepingOf } from '@rollcall/testkit/catalog'
import { startBackendApi } from '@rollcall/testkit/clerk/backend-api'
import { createClock } from '@rollcall/testkit/clerk/clock'
import type { ClerkEvent } from '@rollcall/testkit/clerk/events'
import { createClerkInstance } from '@rollcall/testkit/clerk/instance'
import { deliveryOf } from '@rollcall/testkit/deliveries'
import { createTestMirror } from '@rollcall/testkit/mirror'
import { sql } from 'kysely'
import { Pool } from 'pg'
import { onTestFinished } from 'vitest'
import type { ClerkClient } from './clerk-client.ts'
import { createRollcall, type Rollcall } from './rollcall.ts'
import { RollcallError } from './rollcall-error.ts'
import type { RollcallOptions } from './rollcall-options.ts'

export type TestClerk = Awaited<ReturnType<typeof startTestClerk>>

const START_MS = 1_764_000_000_000

/** For a machine that is busy with other tests; who tests the deadline says another. */
const PATIENT_MS = 30_000

/** A mirror, and a Clerk whose events reach it when a test says so. */
export async function startTestClerk() {
  const catalog = everything()
  const mirror = await createTestMirror({ catalog })
  // The clients' own unless a test is about it: opening connections is what takes the most time.
  const pool = new Pool({ connectionString: mirror.databaseUrl })
  const emitted: ClerkEvent[] = []
  const clock = createClock(START_MS)
  const instance = createClerkInstance({
    now: clock.now,
    environment: 'production',
    emit: (event) => void emitted.push(event),
  })
  const backend = await startBackendApi(instance)
  const sdk = createClerkClient({ secretKey: backend.secretKey, apiUrl: backend.url })

  return {
    mirror,
    clock,
    instance,
    backend,
    sdk,
    /** The worker's part: what was told since, or these events, is applied. */
    async deliver(events: readonly ClerkEvent[] = emitted.splice(0)) {
      const jobs = events.map(({ body }) => ({ delivery: deliveryOf(body), attempts: 1 }))
      await applyBatch(mirror, jobs, keepingOf(catalog))
    },
    /** What was told and is not delivered. */
    lose: (): readonly ClerkEvent[] => emitted.splice(0),
    asked: (): number => backend.requests.length,
    async rows(table = 'users') {
      const { rows } = await sql<Record<string, unknown>>`select * from ${sql.id('clerk', table)} order by id`.execute(
        mirror.db,
      )
      return rows
    },
    /** Closed when the test has finished. */
    client(options: Partial<RollcallOptions> = {}): Rollcall {
      const rollcall = createRollcall({ database: pool, clerkClient: sdk, deadlineMs: PATIENT_MS, ...options })
      onTestFinished(rollcall.close)
      return rollcall
    },
    /** Another network than the one where Clerk is: something happens between its answer and whoever asked. */
    sdkWhere: (afterAnswer: () => Promise<void>): ClerkClient => ({
      users: {
        async getUser(id) {
          const answer = await sdk.users.getUser(id)
          await afterAnswer()
          return answer
        },
      },
      organizations: sdk.organizations,
    }),
    /** Forgets all that happened before. */
    async clear() {
      await mirror.clear()
      emitted.splice(0)
      backend.beforeAnswer(() => {})
      ;(backend.requests as unknown[]).splice(0)
    },
    async [Symbol.asyncDispose]() {
      await backend.close()
      await pool.end()
      await mirror[Symbol.asyncDispose]()
    },
  }
}

/** The error of a call that must fail. */
export async function failure(call: Promise<unknown>): Promise<RollcallError> {
  const outcome = await call.then(
    () => 'no error',
    (thrown: unknown) => thrown,
  )
  if (outcome instanceof RollcallError) return outcome
  throw new Error(`expected a RollcallError, but there was ${outcome}`, { cause: outcome })
}
