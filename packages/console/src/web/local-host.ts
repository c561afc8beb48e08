import type { RequestHandler } from 'express'

const LOCAL = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/i

/**
 * Where nobody signs in, a page of another site could still reach this one through the browser of whoever sits here, by a
 * name of its own that it lets point to 127.0.0.1. Such a request names that name as its host [X2].
 */
export const requireLocalHost: RequestHandler = (request, response, next) => {
  if (LOCAL.test(request.headers.host ?? '')) return next()
  response.status(403).type('text').send('Without a way to sign in the console answers to localhost only.\n')
}
