import { randomBytes } from 'node:crypto'
import type { Request } from 'express'
import { type ClerkAccess, type ClerkVariables, createClerkAccess } from './clerk-access.ts'
import { readCookie } from './cookie.ts'
import { type Credential, type CredentialVariables, createCredentials, readAuthorization } from './credentials.ts'
import { countFailedAttempts, type FailedAttempts } from './failed-attempts.ts'
import { readSession } from './session.ts'
import { formToken, type Visitor } from './visitor.ts'

/** Who gets in, and how. */
export interface Access {
  readonly clerk: ClerkAccess | undefined
  readonly credentials: readonly Credential[]
  /** Nobody has to prove anything, so only this machine reaches it [X2]. */
  readonly isLoopback: boolean
  readonly failedAttempts: FailedAttempts
  /** Nothing for somebody who has to sign in; `stranger` for somebody who has, and may not. */
  visitorOf(request: Request): Visitor | 'stranger' | undefined
}

export function createAccess(config: ClerkVariables & CredentialVariables, now: () => number): Access {
  const clerk = createClerkAccess(config, now)
  const credentials = createCredentials(config)
  const isLoopback = clerk === undefined && credentials.length === 0
  const failedAttempts = countFailedAttempts(now)
  const here: Visitor = {
    actor: 'loopback',
    way: 'loopback',
    formToken: formToken(randomBytes(32), 'loopback'),
    isBearer: false,
    canSignOut: false,
  }

  function byCookie(request: Request): Visitor | undefined {
    const session = readSession(readCookie(request, 'session'), credentials, now())
    if (!session) return undefined
    const { actor, way, key } = session.credential
    return { actor, way, formToken: formToken(key, session.id), isBearer: false, canSignOut: true }
  }

  function byHeader(request: Request): Visitor | undefined {
    const said = readAuthorization(request.headers.authorization)
    const offered = credentials.filter(({ way }) => way === said?.way)
    if (!said || offered.length === 0 || failedAttempts.waitSeconds(request.ip) > 0) return undefined
    const credential = offered.find((each) => each.matches(said.written))
    if (!credential) {
      // What may be a session token of Clerk's is no failed attempt at ours.
      if (clerk === undefined || said.way === 'basic') failedAttempts.add(request.ip)
      return undefined
    }
    const { actor, way, key } = credential
    return { actor, way, formToken: formToken(key, 'header'), isBearer: way === 'token', canSignOut: false }
  }

  return {
    clerk,
    credentials,
    isLoopback,
    failedAttempts,
    visitorOf: (request) => (isLoopback ? here : (byCookie(request) ?? byHeader(request) ?? clerk?.visitorOf(request))),
  }
}
