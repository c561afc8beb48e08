import { startBackendApi, type BackendApi as TestApi } from '@rollcall/testkit/clerk/backend-api'
import { type ClerkInstance, createClerkInstance } from '@rollcall/testkit/clerk/instance'
import { type BackendApi, openBackendApi } from './backend-api.ts'

const T0 = 1_764_000_000_000

/** A Clerk whose clock begins days ago and moves a millisecond with each look at it. */
export interface TestClerk extends AsyncDisposable {
  readonly instance: ClerkInstance
  readonly server: TestApi
  readonly api: BackendApi
  /** Moves Clerk's clock. */
  advance(milliseconds: number): void
}

/** Answers as fast as it can: what limits requests has tests of its own. */
export async function startTestClerk(
  options: Partial<Parameters<typeof createClerkInstance>[0]> = {},
): Promise<TestClerk> {
  let now = T0
  const instance = createClerkInstance({ now: () => now++, ...options })
  const server = await startBackendApi(instance, { rateLimit: { requests: 100_000, windowMs: 1_000 } })
  const stop = new AbortController()
  const { url, secretKey } = server
  const rate = { requests: 10_000, windowMs: 1 }
  const api = openBackendApi({ url, secretKey, rate, stop: stop.signal, retryPauseMs: 1 })
  return {
    instance,
    server,
    api,
    advance(milliseconds) {
      now += milliseconds
    },
    async [Symbol.asyncDispose]() {
      stop.abort()
      await server.close()
    },
  }
}

/** One of each resource that Clerk lists, all of one organization; answers the organization's id and the user's. */
export function fillInstance(instance: ClerkInstance): { readonly organizationId: string; readonly userId: string } {
  const { id: userId } = instance.createUser({ first_name: 'Ada' })
  const { id: organizationId } = instance.createOrganization({ name: 'Analytical' })
  instance.createMembership({ organizationId, userId })
  instance.createInvitation({ organizationId, inviterId: userId })
  instance.createDomain({ organizationId })
  const { id: permissionId } = instance.createPermission()
  instance.createRole({}, { permissionIds: [permissionId] })
  instance.createWaitlistEntry()
  instance.createSubscriptionItem({ payer: { userId }, monthlyCents: 900 })
  return { organizationId, userId }
}
