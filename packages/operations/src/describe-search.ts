import type { EventSearch } from '@rollcall/mirror/event-search'
import type { JsonObject } from '@rollcall/shared/json'

/** Ids that are written down; of more, the number says enough. */
const MOST_IDS = 100

/** What was searched by, as the audit log keeps it. */
export function describeSearch({ ids, from, to, ...search }: EventSearch): JsonObject {
  const given = Object.fromEntries(Object.entries(search).filter(([, value]) => value !== undefined))
  return {
    ...given,
    ...(ids && (ids.length <= MOST_IDS ? { ids } : { ids: ids.slice(0, MOST_IDS), idCount: ids.length })),
    ...(from && { from: from.toISOString() }),
    ...(to && { to: to.toISOString() }),
  }
}
