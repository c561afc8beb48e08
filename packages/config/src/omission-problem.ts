import type { Resource } from '@rollcall/resources/define-resource'
import { didYouMean } from '@rollcall/shared/closest'

/** Why a field cannot be left out of a resource, in a sentence; nothing if it can. */
export function omissionProblem(resource: Resource, field: unknown): string | undefined {
  if (typeof field !== 'string') return 'holds something that is not a field name.'
  const need = needFor(resource, field)
  if (need) return `\`${field}\` is needed: ${need}.`

  const fields = fieldsOf(resource)
  if (fields.includes(field)) return undefined
  const column = Object.hasOwn(resource.columns, field) ? resource.columns[field] : undefined
  if (!column) return `there is no field \`${field}\`.${didYouMean(field, fields)}`

  const instead = column.from.filter((source) => needFor(resource, source) === undefined)
  if (instead.length > 0) return `\`${field}\` is read from other fields: leave out ${quoted(instead)} instead.`
  return `\`${field}\` is read from ${quoted(column.from)}, and that is needed: ${needFor(resource, column.from[0]!)}.`
}

/** What of Clerk's `data` is known by name: the fields that have a column, and those that have none. */
const fieldsOf = ({ columns, otherFields }: Resource): readonly string[] => [
  ...Object.keys(columns).filter((name) => columns[name]!.from.includes(name)),
  ...otherFields,
]

/** What a field is needed for when an owner is deleted; nothing if it is not. */
function needFor({ owners, personal, columns }: Resource, field: string): string | undefined {
  const read = Object.entries(columns).filter(([name, column]) => name === field || column.from.includes(field))
  // An address is not needed: it is a last resort, and as personal as can be.
  const naming = read.find(([name, { isAddress }]) => (name in owners || name in personal) && !isAddress)
  if (naming) return `by \`${naming[0]}\` a row is found when what it belongs to or tells of is deleted`

  const conditions = Object.values(owners).flatMap((owner) => Object.keys(owner.while ?? {}))
  const telling = read.find(([name]) => conditions.includes(name))
  return telling && `\`${telling[0]}\` tells whether a row goes with what it belongs to`
}

const quoted = (fields: readonly string[]): string => fields.map((field) => `\`${field}\``).join(' or ')
