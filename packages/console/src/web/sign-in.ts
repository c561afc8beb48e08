import { type Express, type Request, type RequestHandler, type Response, urlencoded } from 'express'
import type { Access } from '../access/access.ts'
import { clearCookie, setCookie } from '../access/cookie.ts'
import { type Credential, pair } from '../access/credentials.ts'
import { issueSession } from '../access/session.ts'
import { signInPage } from '../pages/sign-in-page.ts'
import { isOurOrigin } from './guard.ts'
import { localPath } from './local-path.ts'

/** A token or a name and a password, and where to go. */
const BODY_LIMIT = '10kb'

/** The only pages, besides `/healthz`, for those who are not in. */
export function serveSignIn(
  app: Express,
  access: Access,
  options: { consoleUrl: string | undefined; now: () => number },
) {
  app.get('/sign-in', (request, response) => {
    const to = localPath(request.query.to)
    if (typeof access.visitorOf(request) === 'object') return response.redirect(303, to)
    response.send(signInPage(access, { to }))
  })
  app.get('/sign-in/clerk', (request, response) => {
    const to = localPath(request.query.to)
    if (!access.clerk) return response.redirect(303, '/sign-in')
    const origin = options.consoleUrl ?? `${request.protocol}://${request.host}`
    response.redirect(303, access.clerk.signInUrl(`${origin}${to}`))
  })
  app.post('/sign-in', urlencoded({ extended: false, limit: BODY_LIMIT }), signIn(access, options))
}

const signIn =
  (access: Access, { consoleUrl, now }: { consoleUrl: string | undefined; now: () => number }): RequestHandler =>
  (request, response) => {
    const to = localPath(request.body?.to)
    const again = (status: number, problem: string) =>
      void response.status(status).send(signInPage(access, { to, problem }))
    // Else another site could sign somebody in as somebody else.
    if (!isOurOrigin(request, consoleUrl)) return again(403, 'The form was sent from elsewhere. Send it from here.')
    const waitSeconds = access.failedAttempts.waitSeconds(request.ip)
    if (waitSeconds > 0) {
      response.set('retry-after', String(waitSeconds))
      return again(429, `Too many attempts that failed. Try again in ${waitSeconds} s.`)
    }
    const credential = credentialOf(access, request)
    if (!credential) {
      access.failedAttempts.add(request.ip)
      return again(401, 'That is not it.')
    }
    setCookie(request, response, 'session', issueSession(credential, now()))
    response.redirect(303, to)
  }

function credentialOf({ credentials }: Access, { body }: Request): Credential | undefined {
  const { token, username, password } = (body ?? {}) as Readonly<Record<string, unknown>>
  const isText = (value: unknown) => typeof value === 'string'
  return credentials.find((credential) => {
    if (credential.way === 'token') return isText(token) && credential.matches(token.trim())
    return isText(username) && isText(password) && credential.matches(pair(username, password))
  })
}

export function signOut(request: Request, response: Response): void {
  clearCookie(request, response, 'session')
  response.redirect(303, '/sign-in')
}
