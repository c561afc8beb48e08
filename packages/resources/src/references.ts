import { idIn } from '@rollcall/shared/envelope'
import type { Json, JsonObject } from '@rollcall/shared/json'
import type { Resource } from './define-resource.ts'
import type { Row } from './row.ts'
import { storableText } from './storable.ts'

/** The name of the resource whose entities are people: what is told of them goes with them. */
export const PERSON = 'user'

/** The columns by which a row names its owners and the users it tells of; those that do so by id, not by address. */
export const referenceColumns = (resource: Resource): readonly string[] =>
  [...new Set([...Object.keys(resource.owners), ...Object.keys(resource.personal)])].filter(
    (column) => !resource.columns[column]!.isAddress,
  )

/** Whether its rows name owners, or users whom they tell of, by address: who they are is known to nobody before the rows are read. */
export const namesByAddress = (resource: Resource): boolean =>
  [...Object.keys(resource.owners), ...Object.keys(resource.personal)].some(
    (column) => resource.columns[column]!.isAddress,
  )

/** The ids of the entities that a row names as its owners, or tells of. */
export const referencesOf = (resource: Resource, row: Row): readonly string[] =>
  referenceColumns(resource).flatMap((column) => texts(row[column]))

/** The ids of the users whose personal data an event's data holds, its own subject included. */
export function usersToldOf(resource: Resource, data: JsonObject): readonly string[] {
  const columns = referenceColumns(resource).filter(
    (column) => column in resource.personal || resource.owners[column]?.resource === PERSON,
  )
  const subject = resource.name === PERSON ? texts(idIn(data)) : []
  return [...new Set([...subject, ...columns.flatMap((column) => texts(resource.columns[column]!.read(data)))])]
}

/**
 * Clerk's ids of users, wherever they stand in a text of which no more is known. What is longer than any id can be [W2] is
 * none, and no index would take it.
 */
export const userIdsIn = (text: string): readonly string[] => [
  ...new Set(text.match(/\buser_[A-Za-z0-9]{1,250}(?![A-Za-z0-9])/g)),
]

const texts = (value: Json | undefined): readonly string[] => (typeof value === 'string' ? [storableText(value)] : [])
