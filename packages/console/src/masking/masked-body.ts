import { isJsonObject, type Json, parseJson } from '@rollcall/shared/json'
import { mask } from './mask.ts'

/** A kept body as it may be looked at. */
export type MaskedBody =
  | { readonly kind: 'none' }
  /** Nobody knows where in it the secrets are. */
  | { readonly kind: 'opaque'; readonly characters: number }
  | { readonly kind: 'json'; readonly text: string; readonly isCut: boolean }

/** What somebody reads through, and a browser lays out at once. */
const MOST_CHARACTERS = 60_000

export function maskBody(body: string | null): MaskedBody {
  if (body === null) return { kind: 'none' }
  const parsed = parseJson(body)
  if (typeof parsed !== 'object' || parsed === null) return { kind: 'opaque', characters: body.length }
  const text = JSON.stringify(dataLast(mask(parsed)), null, 2)
  return { kind: 'json', text: text.slice(0, MOST_CHARACTERS), isCut: text.length > MOST_CHARACTERS }
}

/** As Clerk writes it, and as it is read: what it is first, then what it says. Postgres has an order of its own. */
function dataLast(body: Json): Json {
  if (!isJsonObject(body)) return body
  const { object, type, data, ...more } = body
  return { object, type, ...more, data }
}
