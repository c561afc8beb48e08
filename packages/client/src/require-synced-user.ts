import type { Request, RequestHandler, Response } from 'express'
import type { Ensure } from './ensure.ts'
import type { UserRow } from './kinds.ts'
import { RollcallError, type RollcallErrorCode } from './rollcall-error.ts'

declare global {
  namespace Express {
    interface Request {
      /** The row of who is signed in, behind `requireSyncedUser()`. */
      syncedUser?: UserRow
    }
  }
}

export interface RequireSyncedUserOptions {
  /** Told of each error that is answered here, for the app's log: what was answered says less. */
  readonly onError?: (error: RollcallError, request: Request) => void
}

/** Where the error does not tell by itself. Long enough for a failover, short enough for a person who waits. */
const RETRY_AFTER_SECONDS = 5

const GONE = 'This account does not exist any more.'
const AWAY = 'Your account cannot be looked up at the moment. Try again soon.'

/**
 * What the browser or whatever else asked is told. It learns nothing of how the app is made; the developer does, from
 * `onError`. A code that is not here is a mistake in how things are set up, and goes to the app's own error handler.
 *
 * A deleted user is 403 and not 401: the session token is good, for the minute that it outlives the account, and another
 * one would make no difference. It is not 410, which is about what was asked for and not about who asks.
 */
const ANSWERS: Partial<Record<RollcallErrorCode, { readonly status: 403 | 503; readonly message: string }>> = {
  user_deleted: { status: 403, message: GONE },
  user_not_found: { status: 403, message: GONE },
  clerk_unavailable: { status: 503, message: AWAY },
  database_unavailable: { status: 503, message: AWAY },
}

/**
 * Middleware of Express, behind `clerkMiddleware()`: goes on with the row of who is signed in, and answers who is not [N7].
 *
 * `getAuth` is imported when it is first needed: who only calls `ensureUser`, in a worker or under another framework,
 * needs neither Express nor `@clerk/express`.
 */
export const createRequireSyncedUser =
  (ensureUser: Ensure<UserRow>) =>
  ({ onError = () => {} }: RequireSyncedUserOptions = {}): RequestHandler =>
  async (request, response, next) => {
    const { getAuth } = await import('@clerk/express')
    const { userId } = getAuth(request)
    if (!userId) {
      response.set('www-authenticate', 'Bearer')
      return refuse(response, 401, 'signed_out', 'Sign in first.')
    }
    try {
      request.syncedUser = await ensureUser(userId)
    } catch (thrown) {
      const answer = thrown instanceof RollcallError ? ANSWERS[thrown.code] : undefined
      if (!answer) throw thrown
      const { code, retryAfterSeconds = RETRY_AFTER_SECONDS } = thrown as RollcallError
      onError(thrown as RollcallError, request)
      if (answer.status === 503) response.set('retry-after', String(retryAfterSeconds))
      return refuse(response, answer.status, code, answer.message)
    }
    next()
  }

const refuse = (response: Response, status: number, error: string, message: string): void =>
  void response.status(status).json({ error, message })
