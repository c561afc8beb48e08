import { createBullBoard } from '@bull-board/api'
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter'
import { ExpressAdapter } from '@bull-board/express'
import type { BoardQueue } from '@rollcall/queue/board-queue'
import type { BodyCodec, QueuedDelivery } from '@rollcall/queue/body-codec'
import { bodyText } from '@rollcall/shared/delivery'
import { PipelineError } from '@rollcall/shared/errors'
import type { Express, RequestHandler } from 'express'
import { maskTexts } from '../masking/mask-text.ts'
import { maskBody } from '../masking/masked-body.ts'
import { POLICY, policyText } from './security-headers.ts'

export const BOARD_PATH = '/queues'

/** Its pages read at the most so many jobs at once. */
const MOST_JOBS_A_PAGE = 100

/** The one style sheet that its script puts into the page (React Aria's, which hides what only screen readers read). */
const ITS_STYLE = "'sha256-r2N1TB/gHbBtBZFKg7ejmq1acVSREzucTAEw6ga4hoU='"

/** Its page names its own base; else it gets what our own pages get. */
const BOARD_POLICY = policyText({ ...POLICY, 'base-uri': "'self'", 'style-src': `'self' ${ITS_STYLE}` })

/** Bull Board is an app of its own, of which we let through what reads [X10]. */

export const onlyReading: RequestHandler = (request, response, next) => {
  response.set('content-security-policy', BOARD_POLICY)
  const jobs = Number(request.query.jobsPerPage ?? 0)
  if (request.method !== 'GET' && request.method !== 'HEAD')
    return void response.status(405).json({ error: 'The board only shows. Replay and discard under Failed.' })
  if (!(jobs <= MOST_JOBS_A_PAGE))
    return void response.status(400).json({ error: `At most ${MOST_JOBS_A_PAGE} jobs a page.` })
  next()
}

/** Bull Board over our queue, a page for each shard: it reads, and what it shows of jobs is masked. */
export function createBoard({ queues, codec }: BoardQueue): Express {
  const adapters = queues.map((queue, shard) => {
    // All are called alike, and Bull Board tells them apart by their names.
    const prefix = queues.length === 1 ? '' : `${shard}-`
    const options = { readOnlyMode: true, description: 'Webhooks on their way', prefix }
    const adapter = new BullMQAdapter(queue, options)
    adapter.setFormatter('data', (data: unknown) => maskJob(data, codec))
    adapter.setFormatter('returnValue', () => null)
    return adapter
  })
  const server = new ExpressAdapter()
  server.setBasePath(BOARD_PATH)
  createBullBoard({
    queues: adapters,
    serverAdapter: server,
    options: {
      // Reasons and stack traces, too, hold what somebody's code threw.
      handlerHooks: { after: async (_context, result) => ({ ...result, body: maskTexts(result.body) as never }) },
      uiConfig: { boardTitle: 'Rollcall queue', miscLinks: [{ text: 'Back to Rollcall', url: '/' }] },
    },
  })
  const app = server.getRouter() as Express
  app.disable('x-powered-by')
  keepAtHome(app)
  return app
}

type Engine = (path: string, options: object, callback: (error: unknown, rendered?: string) => void) => void

/** Its page asks Google for a font, and shows a spinner with inline styles: it does without both. */
function keepAtHome(app: Express): void {
  const { '.ejs': render } = (app as unknown as { readonly engines: Readonly<Record<string, Engine>> }).engines
  app.engine('ejs', (path, options, callback) => {
    render!(path, options, (error, rendered = '') => {
      callback(error, rendered.replace(FONTS, '').replace(SPINNER, '<div id="root"></div>'))
    })
  })
}

const FONTS = /<link href="https:\/\/fonts\.[^>]*>/g
const SPINNER = /<div id="root">[\s\S]*?<\/style>\s*<\/div>/

/** A job as it may be looked at: the delivery, with its body masked. By the key's id people see which jobs an old key is kept for. */
export function maskJob(data: unknown, codec: BodyCodec): unknown {
  const { body, encoding, ...beside } = data as QueuedDelivery
  return typeof body === 'string' ? { ...beside, body: shownBody({ body, encoding, ...beside }, codec) } : null
}

function shownBody(queued: QueuedDelivery, codec: BodyCodec): unknown {
  try {
    const masked = maskBody(bodyText(codec.unpack(queued)))
    return masked.kind === 'json' && !masked.isCut ? JSON.parse(masked.text) : '(not shown: see the event in Rollcall)'
  } catch (thrown) {
    if (thrown instanceof PipelineError && thrown.code === 'job_unreadable') return `(not shown: ${thrown.message})`
    throw thrown
  }
}
