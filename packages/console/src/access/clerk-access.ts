import { clerkMiddleware, createClerkClient, getAuth } from '@clerk/express'
import type { Request, RequestHandler } from 'express'
import { issuePass, type PassHolder, readPass } from './clerk-pass.ts'
import { readCookie } from './cookie.ts'
import { keyOf } from './signature.ts'
import { formToken, type Visitor } from './visitor.ts'

export interface ClerkVariables {
  readonly CLERK_PUBLISHABLE_KEY?: string | undefined
  readonly CLERK_SECRET_KEY?: string | undefined
  readonly CLERK_JWT_KEY?: string | undefined
  readonly CLERK_SIGN_IN_URL?: string | undefined
  readonly CONSOLE_URL?: string | undefined
  readonly CONSOLE_ALLOWED_USERS?: readonly string[] | undefined
  readonly CONSOLE_ALLOWED_ORGANIZATION?: string | undefined
  readonly CONSOLE_ALLOWED_ROLE?: string | undefined
}

/** Signing in through Clerk. */
export interface ClerkAccess {
  readonly middleware: RequestHandler
  /** Who is signed in at Clerk and on the list; `stranger` who is signed in and not on it; nothing who is signed out. */
  visitorOf(request: Request): Visitor | 'stranger' | undefined
  /** Where to sign in, and to come back from. */
  signInUrl(returnTo: string): string
}

/** Nothing without a publishable key: the secret key alone is there for backfill and reconcile. */
export function createClerkAccess(config: ClerkVariables, now: () => number): ClerkAccess | undefined {
  const { CLERK_PUBLISHABLE_KEY: publishableKey, CLERK_SECRET_KEY: secretKey, CLERK_JWT_KEY: jwtKey } = config
  if (publishableKey === undefined || secretKey === undefined) return undefined
  const keys = { publishableKey, secretKey, ...(jwtKey !== undefined && { jwtKey }) }
  const signInUrl = config.CLERK_SIGN_IN_URL ?? `${accountPortal(publishableKey)}/sign-in`
  const { CONSOLE_ALLOWED_USERS, CONSOLE_ALLOWED_ORGANIZATION, CONSOLE_ALLOWED_ROLE } = config
  // Passes are void once the list is another.
  const list = JSON.stringify([CONSOLE_ALLOWED_USERS, CONSOLE_ALLOWED_ORGANIZATION, CONSOLE_ALLOWED_ROLE])
  const key = keyOf(`${secretKey} ${list}`, 'console session by clerk')

  const visitor = ({ userId, sessionId }: PassHolder, request: Request): Visitor => ({
    actor: userId,
    way: 'clerk',
    formToken: formToken(key, sessionId),
    isBearer: request.headers.authorization !== undefined,
    canSignOut: false,
  })

  return {
    middleware: clerkMiddleware({
      ...keys,
      clerkClient: createClerkClient({ ...keys, telemetry: { disabled: true } }),
      signInUrl,
      ...(config.CONSOLE_URL !== undefined && { authorizedParties: [config.CONSOLE_URL] }),
    }),
    visitorOf(request) {
      const { userId, sessionId, orgId, orgRole } = getAuth(request)
      if (!userId || !sessionId) {
        const holder = isPageOpened(request) ? undefined : readPass(key, readCookie(request, 'pass'), now())
        return holder && visitor(holder, request)
      }
      if (!isAllowed(config, { userId, orgId, orgRole })) return 'stranger'
      const holder = { userId, sessionId }
      return { ...visitor(holder, request), pass: issuePass(key, holder, now()) }
    },
    signInUrl: (returnTo) => `${signInUrl}?${new URLSearchParams({ redirect_url: returnTo })}`,
  }
}

/** Clerk itself sees to those: it renews the token by a detour. */
const isPageOpened = (request: Request): boolean =>
  request.method === 'GET' && request.get('sec-fetch-dest') !== 'empty'

interface SignedIn {
  readonly userId: string
  readonly orgId?: string | null | undefined
  readonly orgRole?: string | null | undefined
}

/** On the list, or in the organization, and in the role where one is asked for [X3]. */
export function isAllowed(config: ClerkVariables, { userId, orgId, orgRole }: SignedIn): boolean {
  const {
    CONSOLE_ALLOWED_USERS: users,
    CONSOLE_ALLOWED_ORGANIZATION: organization,
    CONSOLE_ALLOWED_ROLE: role,
  } = config
  if (users?.includes(userId)) return true
  return organization !== undefined && orgId === organization && (role === undefined || orgRole === role)
}

/** A publishable key is the host of the instance's Frontend API in Base64, and the account portal lies beside that. */
export function accountPortal(publishableKey: string): string {
  const host = Buffer.from(publishableKey.split('_')[2] ?? '', 'base64')
    .toString()
    .replace(/\$$/, '')
  const isDevelopment = host.endsWith('.clerk.accounts.dev')
  return `https://${isDevelopment ? host.replace('.clerk.', '.') : host.replace(/^clerk\./, 'accounts.')}`
}
