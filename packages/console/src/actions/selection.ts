import { createHash } from 'node:crypto'
import type { EventSearch } from '@rollcall/mirror/event-search'
import type { FailureGroup } from '@rollcall/mirror/failure-groups'

/** What somebody picked, in a form. */
export type Selection =
  | { readonly kind: 'ids'; readonly ids: readonly string[] }
  | { readonly kind: 'group'; readonly key: string }

/** Longer lists are told by their group. */
const MOST_IDS = 500

/**
 * A group's name in an address: its error's text may hold what a handler said of somebody, and addresses end up in logs
 * [X9].
 */
export const keyOfGroup = ({ what, errorGroup, type }: Pick<FailureGroup, 'what' | 'errorGroup' | 'type'>): string =>
  createHash('sha256')
    .update(JSON.stringify([what, errorGroup, type]))
    .digest('hex')
    .slice(0, 16)

/** Nothing where nothing was picked. */
export function readSelection(body: Readonly<Record<string, unknown>>): Selection | undefined {
  const { id, group } = body
  if (typeof group === 'string' && group !== '') return { kind: 'group', key: group }
  const ids = (Array.isArray(id) ? id : [id]).filter((each) => typeof each === 'string' && each !== '')
  return ids.length === 0 || ids.length > MOST_IDS ? undefined : { kind: 'ids', ids: [...new Set(ids as string[])] }
}

/** The failures of a group, whatever else is true of them. */
export const searchOfGroup = ({ what, errorGroup, type }: FailureGroup): EventSearch => ({
  failed: true,
  errorGroup,
  types: type === null ? undefined : [type],
  ...(what === 'event' ? { outcomes: ['failed'] } : { handling: 'failed' }),
})
