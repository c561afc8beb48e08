import { PipelineError } from '@rollcall/shared/errors'
import { isJsonObject, type Json, type JsonObject } from '@rollcall/shared/json'
import type { Answer, BackendApi } from './backend-api.ts'
import type { List } from './lists.ts'

/** Entities of a list, and where its reading goes on behind them. */
export interface Page {
  readonly entities: readonly JsonObject[]
  /** Clerk's clock when it answered, in milliseconds. */
  readonly readAt: number
  /** How many there are in all; nothing where Clerk does not say. */
  readonly total: number | undefined
  readonly position: Position
}

/** How far a list has been read. Plain JSON, so that it can be kept, and reading go on from it in another process. */
export interface Position {
  /** Entities that were read, whether or not they are still there. */
  readonly read: number
  /** The last ones that were read, the last one last. */
  readonly lastIds: readonly string[]
  /** When the last one was created, in milliseconds. */
  readonly lastCreatedAt: number | null
  /** Where lists are asked for by offset: that of the entity behind the last one. */
  readonly offset: number
  /** Where a cursor was lost: only what was created after this, in milliseconds, is asked for. */
  readonly createdAfter: number | null
}

export const START: Position = { read: 0, lastIds: [], lastCreatedAt: null, offset: 0, createdAfter: null }

/** Clerk's greatest page; one more, and it silently answers with ten. */
const PAGE = 500

/** Of a page, those that are remembered: one at least is still there when the next page is asked for. */
const REMEMBERED = 20

/**
 * Reads a list from a position on, a page at a time. What is in the list all the while is read once or more, whatever is
 * created and deleted meanwhile [K7]; what has just been read is not answered again.
 */
export async function* readList(api: BackendApi, list: List, from: Position = START): AsyncGenerator<Page> {
  const readNext = { cursor: nextByCursor, offset: nextByOffset }[list.paging]
  for (let position = from; ; ) {
    const { page, isLast } = await readNext(api, list, position)
    yield page
    if (isLast) return
    position = page.position
  }
}

interface Next {
  readonly page: Page
  readonly isLast: boolean
}

/** After the last entity that is still there; where none of those remembered is, after the time of the last one. */
async function nextByCursor(api: BackendApi, list: List, position: Position): Promise<Next> {
  const ask = (createdAfter: number | null, cursor?: string) =>
    api.get(list.path, {
      ...list.query,
      limit: String(PAGE),
      ...(cursor !== undefined && { starting_after: cursor }),
      ...(createdAfter !== null && { created_at_after: String(createdAfter) }),
    })
  for (const id of position.lastIds.toReversed()) {
    const answer = await ask(position.createdAfter, id)
    if (answer.status === 200) return nextPage(answer, position, position.createdAfter)
  }
  // A millisecond less, for others may have been created in the same one.
  const createdAfter = position.lastCreatedAt === null ? position.createdAfter : position.lastCreatedAt - 1
  return nextPage(await ask(createdAfter), position, createdAfter)
}

function nextPage(answer: Answer, position: Position, createdAfter: number | null): Next {
  const entities = entitiesIn(answer)
  const page = pageOf(answer, entities, position, { createdAfter, offset: position.offset + entities.length })
  return { page, isLast: entities.length < PAGE }
}

/**
 * By offset, with an overlap: what is deleted before the offset moves the rest towards it, and only a page that shares an
 * entity with the one before is known to leave nothing out. Where it does not, it is asked for again from further back.
 */
async function nextByOffset(api: BackendApi, list: List, position: Position): Promise<Next> {
  const known = new Set(position.lastIds)
  for (let back = 1; ; back *= 2) {
    const offset = Math.max(0, position.offset - back)
    const answer = await api.get(list.path, { ...list.query, limit: String(PAGE), offset: String(offset) })
    const entities = entitiesIn(answer)
    if (offset === 0 || entities.some((entity) => known.has(idOf(entity)))) {
      const page = pageOf(answer, entities, position, { offset: offset + entities.length })
      return { page, isLast: entities.length < PAGE }
    }
  }
}

function pageOf(
  { readAt, body }: Answer,
  all: readonly JsonObject[],
  position: Position,
  progress: Partial<Position>,
): Page {
  const known = new Set(position.lastIds)
  const entities = all.filter((entity) => !known.has(idOf(entity)))
  const last = all.at(-1)
  return {
    entities,
    readAt,
    total: isJsonObject(body) && typeof body.total_count === 'number' ? body.total_count : undefined,
    position: {
      ...position,
      ...progress,
      read: position.read + entities.length,
      // An empty page says nothing of where one is.
      ...(last && {
        lastIds: all.slice(-REMEMBERED).map(idOf),
        lastCreatedAt: typeof last.created_at === 'number' ? last.created_at : null,
      }),
    },
  }
}

/** A list is a bare array or `{ data, total_count }`, by Clerk's whim. What is not switched on has nothing in it. */
function entitiesIn({ status, body }: Answer): readonly JsonObject[] {
  if (status === 403) return []
  const list: Json | undefined = isJsonObject(body) ? body.data : body
  if (status !== 200 || !Array.isArray(list) || !list.every((entity) => isJsonObject(entity as Json))) {
    throw new PipelineError(
      'clerk_refused',
      `Clerk's Backend API answers ${status} where a list was asked for. Look at CLERK_API_URL, and upgrade Rollcall if it is an old one.`,
    )
  }
  return list as readonly JsonObject[]
}

const idOf = ({ id }: JsonObject): string => String(id)
