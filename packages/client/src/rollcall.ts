import { openMirror } from '@rollcall/mirror/database'
import { atMost } from '@rollcall/shared/at-most'
import { SILENCE_MS } from '@rollcall/shared/postgres-silence'
import type { RequestHandler } from 'express'
import { borrowMirror } from './app-pool.ts'
import { createAskClerk } from './ask-clerk.ts'
import { type CheckedOptions, checkOptions } from './check-options.ts'
import { createEnsure, type Ensure, requireMirrored } from './ensure.ts'
import { type OrganizationRow, organization, type UserRow, user } from './kinds.ts'
import { createRequireSyncedUser, type RequireSyncedUserOptions } from './require-synced-user.ts'
import { RollcallError } from './rollcall-error.ts'
import type { RollcallOptions } from './rollcall-options.ts'
import { createTracker } from './tracker.ts'

/** The mirror, for an app that needs a row now and not when its webhook has come. */
export interface Rollcall extends AsyncDisposable {
  /** The row of `clerk.users`. Throws a `RollcallError` where there is none to be had. */
  readonly ensureUser: Ensure<UserRow>
  /** The row of `clerk.organizations`, likewise. */
  readonly ensureOrganization: Ensure<OrganizationRow>
  /** Middleware of Express, behind `clerkMiddleware()`: puts the row of who is signed in on the request. */
  requireSyncedUser(options?: RequireSyncedUserOptions): RequestHandler
  /** Waits for the calls under way, and closes the connections that were opened here. */
  close(): Promise<void>
}

/** At 100 ms an answer some 200 in a second, which is a fifth of Clerk's limit in production. */
const MOST_QUESTIONS = 20

/** Connects to nothing by itself: that is for the first call. Throws `config_invalid`. */
export function createRollcall(options: RollcallOptions): Rollcall {
  const checked = checkOptions(options)
  const { catalog, instanceId, deadlineMs } = checked
  const mirror = openDatabase(checked)
  const calls = createTracker(
    () => new RollcallError('closed', 'close() was called: make another client with createRollcall.'),
  )
  const parts = {
    mirror,
    catalog,
    askClerk: createAskClerk(checked.clerkClient),
    inTurn: atMost(MOST_QUESTIONS),
    instanceId,
    deadlineMs,
    track: calls.track,
  }
  // What a row's columns are is known to the catalog when this runs, and to the types by the kind's name.
  const ensureUser = createEnsure(user, parts) as unknown as Ensure<UserRow>
  const ensureOrganization = createEnsure(organization, parts) as unknown as Ensure<OrganizationRow>
  const syncedUser = createRequireSyncedUser(ensureUser)

  async function close(): Promise<void> {
    await calls.end()
    await mirror.close()
  }

  return {
    ensureUser,
    ensureOrganization,
    requireSyncedUser(middleware) {
      requireMirrored(user, catalog) // when the app starts, not when the first request comes
      return syncedUser(middleware)
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}

function openDatabase({ database, schema, poolSize }: CheckedOptions) {
  if (typeof database !== 'string') return borrowMirror(database, schema)
  // A connection that breaks is told by the query that needs it, as a RollcallError: the client has no log.
  return openMirror({ databaseUrl: database, schema, poolSize, onError: () => {}, silenceMs: SILENCE_MS })
}
