import { type Answer, found } from './answer.ts'
import type { Entry } from './collection.ts'
import { type Page, pageOf } from './page.ts'
import { isRefusal, readPage } from './query.ts'
import type { ClerkObject, Readable } from './resource.ts'

export const listAnswer = ({ objects, total }: Page): Answer => found({ data: objects, total_count: total })

/** A page of a list as all but the users' are: the objects and how many there are on all pages. */
export function listFrom<Links>(
  resource: Readable<Links>,
  query: URLSearchParams,
  list: {
    /** The fields that `order_by` may name; none where the list has no such parameter. */
    readonly orders: readonly string[]
    readonly accepts?: (entry: Entry<Links>) => boolean
    /** What the list shows of an object, where it is not the object. */
    readonly show?: (object: ClerkObject) => ClerkObject
  },
): Answer {
  const page = readPage(query, list.orders)
  if (isRefusal(page)) return page
  const { objects, total } = pageOf(resource, page, list.accepts)
  return listAnswer({ objects: list.show ? objects.map(list.show) : objects, total })
}

/** What `query` finds: objects of which one of these texts has it as a part, or whose id it is. */
export function matching<Links>(
  resource: Readable<Links>,
  query: URLSearchParams,
  fields: readonly string[],
): ((entry: Entry<Links>) => boolean) | undefined {
  const part = query.get('query')
  if (part === null) return undefined
  return (entry) => {
    const object = resource.render(entry)
    return (
      object.id === part || fields.some((field) => String(object[field]).toLowerCase().includes(part.toLowerCase()))
    )
  }
}
