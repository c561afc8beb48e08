import type { BoardQueue } from '@rollcall/queue/board-queue'
import type { Logger } from '@rollcall/shared/log'
import express, { type ErrorRequestHandler, type Express } from 'express'
import type { Access } from '../access/access.ts'
import { guardedAssets, PUBLIC_ASSET, serveAsset } from './assets.ts'
import { BOARD_PATH, createBoard, onlyReading } from './board.ts'
import { requireVisitor } from './guard.ts'
import { requireLocalHost } from './local-host.ts'
import { sayProblem } from './problem.ts'
import { type ReadParts, serveReads } from './read-routes.ts'
import { securityHeaders } from './security-headers.ts'
import { serveSignIn } from './sign-in.ts'
import { serveWrites, type WriteParts } from './write-routes.ts'

export interface AppParts extends ReadParts, WriteParts {
  readonly access: Access
  readonly board: BoardQueue
  readonly log: Logger
  readonly trustProxy: string | number | boolean
}

/** The console's whole surface. Before the guard is the sign-in; behind it is everything else, and whatever is added. */
export function createApp(parts: AppParts): Express {
  const { access, board, log, consoleUrl, now } = parts
  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  app.set('trust proxy', parts.trustProxy)
  app.set('query parser', 'simple')

  app.get('/healthz', (_request, response) => void response.json({ status: 'ok' }))
  app.use(securityHeaders)
  if (access.isLoopback) app.use(requireLocalHost)
  app.get(`/assets/${PUBLIC_ASSET}`, serveAsset(PUBLIC_ASSET))
  if (access.clerk) app.use(access.clerk.middleware)
  serveSignIn(app, access, { consoleUrl, now })

  app.use(requireVisitor(access))
  for (const name of guardedAssets) app.get(`/assets/${name}`, serveAsset(name))
  serveReads(app, parts)
  serveWrites(app, parts)
  app.use(BOARD_PATH, onlyReading, createBoard(board))

  app.use((request, response) => {
    sayProblem(request, response, 404, { title: 'Nothing here', message: 'The console has no such page.' })
  })
  app.use(unexpected(log))
  return app
}

/** What a route threw: mostly that Postgres or the queue is away. */
const unexpected =
  (log: Logger): ErrorRequestHandler =>
  (thrown, request, response, next) => {
    const { status } = (thrown ?? {}) as { status?: unknown }
    if (typeof status === 'number' && status < 500) {
      return sayProblem(request, response, status, { title: 'Not understood', message: 'The request cannot be read.' })
    }
    log.error({ error: thrown, method: request.method, route: request.route?.path }, 'request.failed')
    if (response.headersSent) return next(thrown)
    sayProblem(request, response, 503, {
      title: 'It does not answer',
      message: 'The database or the queue did not answer, or not as expected; the log says more. Try again.',
    })
  }
