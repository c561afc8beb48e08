import { type Answer, unprocessable } from './answer.ts'

/** A page that was asked for. */
export interface PageQuery {
  readonly limit: number
  readonly offset: number
  readonly order: Order
}

export interface Order {
  readonly by: string
  readonly newestFirst: boolean
}

const DEFAULT_LIMIT = 10
const MOST = 500

/** Whether it was refused: answers have a status, and nothing that is read from a query does. */
export const isRefusal = <Read extends object>(read: Read | Answer): read is Answer => 'status' in read

/** `orders` are the fields that the list can be ordered by; without any it takes no `order_by`, and ignores it. */
export function readPage(query: URLSearchParams, orders: readonly string[]): PageQuery | Answer {
  const limit = wholeNumber(query.get('limit') ?? String(DEFAULT_LIMIT))
  if (limit === undefined || limit < 1) return unprocessable('limit', 'must be a number from 1 to 500.')
  const offset = wholeNumber(query.get('offset') ?? '0')
  if (offset === undefined) return unprocessable('offset', 'must be a number from 0 on.')
  const order = readOrder(orders.length === 0 ? null : query.get('order_by'), orders)
  if (!order) return unprocessable('order_by', `must be one of ${orders.join(', ')}.`)
  // More than the most is not refused: one silently gets as many as without a limit.
  return { limit: limit > MOST ? DEFAULT_LIMIT : limit, offset, order }
}

/** `+`, or nothing, is from the smallest on. In an address a bare `+` is a space, which is none of the two. */
function readOrder(orderBy: string | null, orders: readonly string[]): Order | undefined {
  const [, sign, by] = /^([+-]?)(\w+)$/.exec(orderBy ?? '-created_at') ?? []
  if (by === undefined || (by !== 'created_at' && !orders.includes(by))) return undefined
  return { by, newestFirst: sign === '-' }
}

/** A list may be given by repeating the parameter, or in one with commas. */
export const listOf = (query: URLSearchParams, name: string): readonly string[] =>
  query.getAll(name).flatMap((value) => value.split(','))

/** Which of them are let through where each may be asked for, or with a `-` be kept out. */
export function includes(wanted: readonly string[]): (value: string) => boolean {
  const excluded = wanted.filter((value) => value.startsWith('-')).map((value) => value.slice(1))
  const included = wanted.filter((value) => !value.startsWith('-')).map((value) => value.replace(/^\+/, ''))
  const [keep, drop] = [new Set(included), new Set(excluded)]
  return (value) => (keep.size === 0 || keep.has(value)) && !drop.has(value)
}

export function wholeNumber(text: string): number | undefined {
  return /^\d+$/.test(text) ? Number(text) : undefined
}
