import type { Resource } from '@rollcall/resources/define-resource'
import { didYouMean } from '@rollcall/shared/closest'

/** Why a field cannot be left out of a resource, in a sentence; nothing if it can. */
export function omissionProblem(resource: Resource, field: unknown): string | undefined {
  const { columns, owners, personal, otherFields } = resource
  if (typeof field !== 'string') return 'holds something that is not a field name.'

  const derived = columns[field] !== undefined && !columns[field].from.includes(field) ? columns[field] : undefined
  if (derived) {
    const sources = derived.from.map((source) => `\`${source}\``).join(' or ')
    return `\`${field}\` is read from other fields: leave out ${sources} instead.`
  }
  const fields = [...Object.keys(columns).filter((name) => columns[name]!.from.includes(name)), ...otherFields]
  if (!fields.includes(field)) return `there is no field \`${field}\`.${didYouMean(field, fields)}`

  const references = [...Object.keys(owners), ...Object.keys(personal)]
  const needing = references.find((name) => columns[name]!.from.includes(field) && !columns[name]!.isAddress)
  if (needing) return `\`${field}\` is needed: by \`${needing}\` a row is found when what it belongs to is deleted.`
  return undefined
}
