import type { Mirror } from '@rollcall/mirror/database'
import type { EventSearch } from '@rollcall/mirror/event-search'
import { cursorOf, type EventCursor, searchEvents } from '@rollcall/mirror/search-events'

/** Messages in one step, so that however many are meant, few bodies are in memory and on their way to the queue. */
export const STEP = 100

/**
 * The ids of the events that are meant, in steps. Read page by page from the newest to older ones, so that what is settled
 * anew meanwhile, which makes it the newest, is not met a second time.
 */
export async function* selectedIds(mirror: Mirror, search: EventSearch): AsyncGenerator<readonly string[]> {
  if (search.ids && isOnlyIds(search)) {
    const ids = [...new Set(search.ids)]
    for (let i = 0; i < ids.length; i += STEP) yield ids.slice(i, i + STEP)
    return
  }
  let before: EventCursor | undefined
  for (;;) {
    const page = await searchEvents(mirror.db, search, { limit: STEP, before })
    if (page.length > 0) yield page.map(({ id }) => id)
    if (page.length < STEP) return
    before = cursorOf(page.at(-1)!)
  }
}

/** Those that are named are all answered for, also those that the ledger does not have. */
export const isOnlyIds = ({ ids, ...others }: EventSearch): boolean =>
  ids !== undefined && Object.values(others).every((value) => value === undefined)
