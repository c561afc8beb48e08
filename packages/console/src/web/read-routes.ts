import { listActions } from '@rollcall/mirror/audit-log'
import type { Mirror } from '@rollcall/mirror/database'
import { entityTimeline } from '@rollcall/mirror/entity-timeline'
import { readEvent } from '@rollcall/mirror/event-detail'
import { failureGroups } from '@rollcall/mirror/failure-groups'
import { parseCursor, searchEvents } from '@rollcall/mirror/search-events'
import type { Catalog } from '@rollcall/resources/catalog'
import { withDeadline } from '@rollcall/shared/deadline'
import { singleFlight } from '@rollcall/shared/single-flight'
import type { Express } from 'express'
import type { Runs } from '../actions/runs.ts'
import { keyOfGroup, searchOfGroup } from '../actions/selection.ts'
import type { Watch } from '../overview/watch.ts'
import { auditPage } from '../pages/audit-page.ts'
import { eventPage } from '../pages/event-page.ts'
import { readSearch, searchOf } from '../pages/event-search.ts'
import { eventsPage } from '../pages/events-page.ts'
import { failedGroupPage, failedPage } from '../pages/failed-page.ts'
import { figureTexts } from '../pages/overview-figures.ts'
import { overviewPage } from '../pages/overview-page.ts'
import { runPage } from '../pages/run-page.ts'
import { timelinePage } from '../pages/timeline-page.ts'
import { visitorIn } from './guard.ts'
import { sayProblem } from './problem.ts'

/** Lines of a page: as many as somebody looks through before searching for something else. */
const EVENTS_A_PAGE = 50
const MOST_OF_TIMELINE = 200
const ACTIONS_ON_OVERVIEW = 5
const MOST_ACTIONS = 200

/** Without a database the overview says so at once. */
const ACTIONS_MS = 1_000

/** A run's page looks again by itself, without a script. */
const REFRESH_SECONDS = 1

export interface ReadParts {
  readonly mirror: Mirror
  readonly catalog: Catalog
  readonly watch: Watch
  readonly runs: Runs
  readonly backend: 'redis' | 'postgres'
  readonly now: () => number
}

/** What only shows. */
export function serveReads(app: Express, { mirror, catalog, watch, runs, backend, now }: ReadParts): void {
  const { db, schema } = mirror
  // Several people who look at the failures at once ask once.
  const groups = singleFlight(() => failureGroups(db))

  app.get('/', async (_request, response) => {
    const listed = withDeadline(listActions(db, ACTIONS_ON_OVERVIEW), ACTIONS_MS)
    const actions = await listed.catch(() => undefined)
    const frame = { title: 'Overview', section: 'overview', visitor: visitorIn(response) } as const
    const overview = { seen: watch.seen(), actions, backend, now: now() }
    response.send(overviewPage({ ...frame, scripts: ['uplot.js', 'overview.js'] }, overview))
  })

  app.get('/api/activity', (_request, response) => {
    response.json({ figures: figureTexts(watch.seen(), now()), series: watch.series() })
  })

  app.get('/find', async (request, response) => {
    const id = typeof request.query.id === 'string' ? request.query.id.trim() : ''
    const isMessage = (await readEvent(db, id)) !== undefined
    response.redirect(303, `/${isMessage ? 'events' : 'entities'}/${encodeURIComponent(id)}`)
  })

  app.get('/events', async (request, response) => {
    const fields = readSearch(request.query)
    const found = await searchEvents(db, searchOf(fields), { limit: EVENTS_A_PAGE + 1, before: fields.before })
    const events = found.slice(0, EVENTS_A_PAGE)
    const frame = { title: 'Events', section: 'events', visitor: visitorIn(response) } as const
    response.send(eventsPage(frame, { fields, events, hasMore: found.length > EVENTS_A_PAGE }))
  })

  app.get('/events/:id', async (request, response) => {
    const event = await readEvent(db, request.params.id)
    if (!event) {
      return sayProblem(request, response, 404, {
        title: 'No such event',
        message: 'The ledger has no message of this id: it may still wait on the queue, or be older than what is kept.',
      })
    }
    response.send(eventPage({ title: event.type ?? event.id, section: 'events', visitor: visitorIn(response) }, event))
  })

  app.get('/entities/:id', async (request, response) => {
    const { id } = request.params
    const timeline = await entityTimeline(db, schema, catalog, id, MOST_OF_TIMELINE)
    response.send(timelinePage({ title: id, section: 'events', visitor: visitorIn(response) }, id, timeline))
  })

  app.get('/failed', async (_request, response) => {
    const frame = { title: 'Failed', section: 'failed', visitor: visitorIn(response) } as const
    response.send(failedPage(frame, await groups(), now()))
  })

  app.get('/failed/:key', async (request, response) => {
    const group = (await groups()).find((each) => keyOfGroup(each) === request.params.key)
    if (!group) {
      return sayProblem(request, response, 404, {
        title: 'Nothing fails like this any more',
        message: 'All of the group was replayed or discarded, or it ended otherwise.',
      })
    }
    const before = parseCursor(String(request.query.before ?? ''))
    const found = await searchEvents(db, searchOfGroup(group), { limit: EVENTS_A_PAGE + 1, before })
    const events = found.slice(0, EVENTS_A_PAGE)
    const frame = { title: 'Failed', section: 'failed', visitor: visitorIn(response) } as const
    response.send(failedGroupPage(frame, { group, events, hasMore: found.length > EVENTS_A_PAGE }))
  })

  app.get('/runs/:id', (request, response) => {
    const run = runs.get(request.params.id)
    if (!run) {
      return sayProblem(request, response, 404, {
        title: 'No such run',
        message: 'This console has not begun it, or has forgotten it. The audit log tells what came of it.',
      })
    }
    if (run.state === 'running') response.set('refresh', String(REFRESH_SECONDS))
    response.send(runPage({ title: run.action, section: 'failed', visitor: visitorIn(response) }, run, now()))
  })

  app.get('/audit', async (_request, response) => {
    const frame = { title: 'Audit', section: 'audit', visitor: visitorIn(response) } as const
    response.send(auditPage(frame, await listActions(db, MOST_ACTIONS), MOST_ACTIONS))
  })
}
