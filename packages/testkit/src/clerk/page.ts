import type { Json } from '@rollcall/shared/json'
import type { Entry } from './collection.ts'
import type { PageQuery } from './query.ts'
import type { ClerkObject, Readable } from './resource.ts'

export interface Page {
  readonly objects: readonly ClerkObject[]
  /** Of all pages together. */
  readonly total: number
}

/** The entries of a page, cheap to tell how many there are, and only those of the page made into JSON. */
export function pageOf<Links>(
  resource: Readable<Links>,
  { limit, offset, order }: PageQuery,
  accepts?: (entry: Entry<Links>) => boolean,
): Page {
  const ordered = inOrder(resource, order)
  const entries = accepts ? ordered.filter(accepts) : ordered
  return { objects: entries.slice(offset, offset + limit).map(resource.render), total: entries.length }
}

function inOrder<Links>(resource: Readable<Links>, { by, newestFirst }: PageQuery['order']): readonly Entry<Links>[] {
  if (by === 'created_at') return [...resource.entries.scan({ newestFirst })]
  const keyed = [...resource.entries.scan()].map((entry) => ({ entry, key: sortKey(resource, entry, by) }))
  const sign = newestFirst ? -1 : 1
  return keyed.sort((one, other) => sign * compare(one.key, other.key)).map(({ entry }) => entry)
}

/** `updated_at` stands in the entry; what else one can order by, only in its JSON. */
function sortKey<Links>(resource: Readable<Links>, entry: Entry<Links>, by: string): Json | undefined {
  return by === 'updated_at' ? entry.updated_at : resource.render(entry)[by]
}

function compare(one: Json | undefined, other: Json | undefined): number {
  if (typeof one === 'number' && typeof other === 'number') return one - other
  const [text, otherText] = [String(one ?? ''), String(other ?? '')]
  return text < otherText ? -1 : text > otherText ? 1 : 0
}
