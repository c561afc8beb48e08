import { type Answer, found, notFound, unprocessable } from './answer.ts'
import type { Entry } from './collection.ts'
import type { ClerkInstance } from './instance.ts'
import { pageOf } from './page.ts'
import { includes, isRefusal, listOf, type PageQuery, readPage, wholeNumber } from './query.ts'
import type { UserLinks } from './users.ts'

const ORDERS = ['created_at', 'updated_at', 'first_name', 'last_name', 'username', 'last_active_at', 'last_sign_in_at']

type Accepts = (entry: Entry<UserLinks>) => boolean

/** A bare array, where other lists have a total beside it. */
export function listUsers(instance: ClerkInstance, query: URLSearchParams): Answer {
  const page = readPage(query, ORDERS)
  if (isRefusal(page)) return page
  const accepts = readFilter(query)
  if (isRefusal(accepts)) return accepts
  const cursor = query.get('starting_after')
  if (cursor === null && page.order.by !== 'created_at') return found(pageOf(instance.users, page, accepts).objects)
  return listByAge(instance, page, accepts, cursor)
}

/** By the cursor or the offset, without a look at more users than it takes: there may be very many. */
function listByAge({ users }: ClerkInstance, page: PageQuery, accepts: Accepts, cursor: string | null): Answer {
  const { limit, offset, order } = page
  if (cursor !== null && order.by !== 'created_at')
    return unprocessable('starting_after', 'needs the order created_at.')
  if (cursor !== null && offset > 0) return unprocessable('starting_after', 'cannot be combined with offset.')
  const after = cursor === null ? undefined : users.entries.get(cursor)
  if (cursor !== null && !after) return unprocessable('starting_after', `names no user: ${cursor}.`)

  const objects = users.entries
  const chosen = Iterator.from(objects.scan({ newestFirst: order.newestFirst, afterOrdinal: after?.ordinal }))
    .filter(accepts)
    .drop(offset)
    .take(limit)
    .map(users.render)
  return found([...chosen])
}

export function countUsers({ users }: ClerkInstance, query: URLSearchParams): Answer {
  const accepts = readFilter(query)
  if (isRefusal(accepts)) return accepts
  const isFiltered = [...query.keys()].length > 0
  const total = isFiltered ? [...users.entries.scan()].filter(accepts).length : users.size
  return found({ object: 'total_count', total_count: total })
}

export function getUser({ users }: ClerkInstance, id: string): Answer {
  const user = users.get(id)
  return user ? found(user) : notFound(`user with id ${id}`)
}

function readFilter(query: URLSearchParams): Accepts | Answer {
  const after = readTime(query, 'created_at_after')
  const before = readTime(query, 'created_at_before')
  for (const time of [after, before]) if (typeof time === 'object') return time
  const isWanted = includes(listOf(query, 'user_id'))
  return ({ id, created_at }) =>
    isWanted(id) &&
    (after === undefined || created_at > Number(after)) &&
    (before === undefined || created_at < Number(before))
}

function readTime(query: URLSearchParams, name: string): number | undefined | Answer {
  const text = query.get(name)
  return text === null ? undefined : (wholeNumber(text) ?? unprocessable(name, 'must be a time in milliseconds.'))
}
