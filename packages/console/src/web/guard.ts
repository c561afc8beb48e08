import type { Request, RequestHandler, Response } from 'express'
import type { Access } from '../access/access.ts'
import { setCookie } from '../access/cookie.ts'
import { carriesToken, type Visitor } from '../access/visitor.ts'
import { problemPage } from '../pages/problem-page.ts'
import { localPath } from './local-path.ts'
import { sayProblem } from './problem.ts'

/** Who the request is from, once `requireVisitor` has let it pass. */
export const visitorIn = (response: Response): Visitor => response.locals.visitor as Visitor

/** Whoever is not known here comes no further than this: to the sign-in, or nowhere [X1]. */
export const requireVisitor =
  (access: Access): RequestHandler =>
  (request, response, next) => {
    const visitor = access.visitorOf(request)
    if (visitor === 'stranger') return refuseStranger(request, response)
    if (visitor === undefined) return askToSignIn(access, request, response)
    response.locals.visitor = visitor
    if (visitor.pass !== undefined) setCookie(request, response, 'pass', visitor.pass)
    next()
  }

const isNavigation = (request: Request): boolean =>
  (request.method === 'GET' || request.method === 'HEAD') && request.accepts(['json', 'html']) === 'html'

function refuseStranger(request: Request, response: Response): void {
  const message =
    'You are signed in, but not on the list of those who may use this console: see CONSOLE_ALLOWED_USERS, or make the organization of CONSOLE_ALLOWED_ORGANIZATION your active one.'
  if (!isNavigation(request)) return void response.status(403).json({ error: 'not_allowed', message })
  response.status(403).send(problemPage({ title: 'Not on the list', message }))
}

function askToSignIn(access: Access, request: Request, response: Response): void {
  if (!isNavigation(request)) {
    response.set('www-authenticate', challenge(access, request))
    return void response.status(401).json({ error: 'unauthenticated', message: 'Sign in at /sign-in.' })
  }
  // A link in a chat comes without the cookie, which is strict; opened once more by a page of ours it comes with it.
  if (request.get('sec-fetch-site') === 'cross-site' && access.credentials.length > 0) {
    response.set('refresh', `0; url=${localPath(request.originalUrl)}`)
    return void response.status(401).send(problemPage({ title: 'Opening', message: 'One moment.' }))
  }
  response.redirect(303, `/sign-in?${new URLSearchParams({ to: localPath(request.originalUrl) })}`)
}

/** Basic is not asked of browsers, which would put a window of their own before the page. */
function challenge({ credentials }: Access, request: Request): string {
  const isBasic = credentials.some(({ way }) => way === 'basic') && request.get('sec-fetch-mode') === undefined
  return `${isBasic ? 'Basic' : 'Bearer'} realm="Rollcall console"`
}

/** Whether a request was caused by a page of ours; what is no browser says neither. */
export function isOurOrigin(request: Request, consoleUrl: string | undefined): boolean {
  const site = request.get('sec-fetch-site')
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return false
  const origin = request.get('origin')
  return origin === undefined || origin === (consoleUrl ?? `${request.protocol}://${request.host}`)
}

/** What changes something is asked for by a form of ours, with the token of whoever was given the form [X6]. */
export const requireOwnForm =
  (consoleUrl: string | undefined): RequestHandler =>
  (request, response, next) => {
    const visitor = visitorIn(response)
    const isOurs = isOurOrigin(request, consoleUrl)
    if (isOurs && (visitor.isBearer || carriesToken(visitor, request.body?.form))) return next()
    sayProblem(request, response, 403, {
      title: 'Not done',
      message:
        'The request did not come from a form of this console, or from one that is too old. Open the page again.',
    })
  }
