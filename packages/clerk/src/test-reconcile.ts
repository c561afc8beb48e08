import { applyBatch } from '@rollcall/mirror/apply'
import type { Json } from '@rollcall/shared/json'
import { keepingOf } from '@rollcall/testkit/catalog'
import { deliveryOf } from '@rollcall/testkit/deliveries'
import { createTestMirror, type TestMirror } from '@rollcall/testkit/mirror'
import { type ReconcileOptions, type ReconcileResult, reconcile } from './reconcile.ts'
import { startTestClerk, type TestClerk } from './test-clerk.ts'

/** A mirror, and as many Clerks as a test wants to compare it with. */
export interface ReconcileBench extends AsyncDisposable {
  readonly mirror: TestMirror
  /** Applies events as the worker would. */
  apply(bodies: readonly Json[]): Promise<unknown>
  startTelling(): Promise<TellingClerk>
  run(clerk: TestClerk, over?: Partial<ReconcileOptions>): Promise<ReconcileResult>
}

/** A Clerk whose events reach the mirror when they are told to, unless they are lost. */
export interface TellingClerk extends TestClerk {
  /** Of what happened since the last call all comes; and so long ago that nothing is under way. */
  deliver(): Promise<void>
  /** Of what happened since the last call nothing ever comes; answers the entities that were changed. */
  lose(): ReadonlySet<string>
}

/** Nobody watches. */
export const QUIET: ReconcileOptions['watch'] = { progressed: () => {}, waiting: () => {} }

/** By Clerk's clock, which moves a millisecond with each look at it; and what the test waits for in truth. */
const SETTLE_MS = 300

const A_MINUTE_MS = 60_000

export async function createReconcileBench(): Promise<ReconcileBench> {
  const mirror = await createTestMirror()
  const { catalog } = mirror
  const apply = (bodies: readonly Json[]) =>
    applyBatch(
      mirror,
      bodies.map((body) => ({ delivery: deliveryOf(body), attempts: 1 })),
      keepingOf(catalog),
    )
  return {
    mirror,
    apply,
    async startTelling() {
      let told: Json[] = []
      const clerk = await startTestClerk({ emit: ({ body }) => void told.push(body) })
      return Object.assign(clerk, {
        async deliver() {
          await apply(told)
          told = []
          clerk.advance(A_MINUTE_MS)
        },
        lose() {
          const lost = new Set(told.map((body) => (body as { readonly data: { readonly id: string } }).data.id))
          told = []
          clerk.advance(A_MINUTE_MS)
          return lost
        },
      })
    },
    run: ({ api, instance }, over = {}) =>
      reconcile({
        mirror,
        catalog,
        api,
        instance: { id: instance.id, ownsUnnamedRows: true },
        dryRun: false,
        startedBy: 'command',
        settleMs: SETTLE_MS,
        removeFailed: async () => {},
        watch: QUIET,
        stop: new AbortController().signal,
        ...over,
      }),
    [Symbol.asyncDispose]: () => mirror[Symbol.asyncDispose](),
  }
}
