import { countEvents, type EventSearch } from '@rollcall/mirror/event-search'
import { failureGroups } from '@rollcall/mirror/failure-groups'
import { pauseQueue, resumeQueue } from '@rollcall/operations/pause'
import type { Pipeline } from '@rollcall/operations/pipeline'
import { withDeadline } from '@rollcall/shared/deadline'
import { type Express, type Request, type RequestHandler, type Response, urlencoded } from 'express'
import { ACTIONS, type ActionName, type Runs } from '../actions/runs.ts'
import { keyOfGroup, readSelection, type Selection, searchOfGroup } from '../actions/selection.ts'
import type { Watch } from '../overview/watch.ts'
import { count } from '../pages/parts.ts'
import { reviewPage } from '../pages/review-page.ts'
import { requireOwnForm, visitorIn } from './guard.ts'
import { sayProblem } from './problem.ts'
import { signOut } from './sign-in.ts'

/** Some hundred ids. */
const BODY_LIMIT = '100kb'

/** A queue that is away would be waited for without end. */
const SWITCH_MS = 5_000

export interface WriteParts {
  readonly pipeline: Pipeline
  readonly watch: Watch
  readonly runs: Runs
  readonly consoleUrl: string | undefined
}

/** All that the console changes: what `runs` does, and whether the queue is paused. Everything else here only asks. */
export function serveWrites(app: Express, { pipeline, watch, runs, consoleUrl }: WriteParts): void {
  const form: readonly RequestHandler[] = [
    urlencoded({ extended: false, limit: BODY_LIMIT }),
    requireOwnForm(consoleUrl),
  ]

  app.post('/queue/pause', ...form, async (_request, response) => {
    await withDeadline(pauseQueue(pipeline, visitorIn(response).actor), SWITCH_MS)
    await watch.lookAtQueue()
    response.redirect(303, '/')
  })

  app.post('/queue/resume', ...form, async (_request, response) => {
    await withDeadline(resumeQueue(pipeline, visitorIn(response).actor), SWITCH_MS)
    await watch.lookAtQueue()
    response.redirect(303, '/')
  })

  app.post('/review', ...form, async (request, response) => {
    const asked = await readAsked(pipeline, request)
    if (!asked) return nothingPicked(request, response)
    const visitor = visitorIn(response)
    response.send(reviewPage({ title: 'Review', section: 'failed', visitor }, asked))
  })

  app.post('/runs', ...form, async (request, response) => {
    const asked = await readAsked(pipeline, request)
    if (!asked) return nothingPicked(request, response)
    const ratePerSecond = readRate(request.body?.rate)
    const run = runs.start({ ...asked, actor: visitorIn(response).actor, ratePerSecond })
    if (run) return response.redirect(303, `/runs/${run.id}`)
    sayProblem(request, response, 429, {
      title: 'Not begun',
      message: 'As much as may be done at once is under way. Wait until one of the runs has ended.',
    })
  })

  app.post('/runs/:id/stop', ...form, (request, response) => {
    runs.stop(String(request.params.id))
    response.redirect(303, `/runs/${encodeURIComponent(String(request.params.id))}`)
  })

  app.post('/sign-out', ...form, signOut)
}

interface AskedFor {
  readonly action: ActionName
  readonly selection: Selection
  readonly search: EventSearch
  readonly count: number
  readonly what: string
}

/** What a form asks for, and how many events that is. Nothing where it asks for nothing that is there. */
async function readAsked({ mirror }: Pipeline, request: Request): Promise<AskedFor | undefined> {
  const body = (request.body ?? {}) as Readonly<Record<string, unknown>>
  const action = ACTIONS.find((name) => name === body.action)
  const selection = readSelection(body)
  if (!action || !selection) return undefined
  if (selection.kind === 'ids') {
    const { ids } = selection
    const what = ids.length === 1 ? `The message ${ids[0]}.` : `${count(ids.length)} messages that were picked.`
    return { action, selection, search: { ids }, count: ids.length, what }
  }
  const group = (await failureGroups(mirror.db)).find((each) => keyOfGroup(each) === selection.key)
  if (!group) return undefined
  const search = searchOfGroup(group)
  const of = `${group.what === 'handler' ? 'handlers of ' : ''}${group.type ?? 'messages without a type'}`
  const what = `All ${of} that fail with: ${group.errorGroup}`
  return { action, selection, search, count: await countEvents(mirror.db, search), what }
}

function readRate(written: unknown): number | undefined {
  const rate = Number(written)
  return Number.isInteger(rate) && rate > 0 ? rate : undefined
}

const nothingPicked = (request: Request, response: Response): void =>
  sayProblem(request, response, 400, {
    title: 'Nothing was picked',
    message:
      'Pick at least one event, and not more than fit on a page; or what you picked has been replayed meanwhile.',
  })
