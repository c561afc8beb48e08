import { isJsonObject, type Json, type JsonObject } from '@rollcall/shared/json'
import type { ClerkClient } from './clerk-client.ts'
import type { Kind } from './kinds.ts'
import { RollcallError } from './rollcall-error.ts'

/** What Clerk says of an entity, and when it was asked, in milliseconds. */
export interface Answer {
  readonly data: JsonObject
  readonly readAt: number
}

export type AskClerk = (kind: Kind, id: string) => Promise<Answer>

/** Where Clerk asks for patience and does not say how much. */
const RETRY_AFTER_SECONDS = 10

/** What Clerk's SDK throws, as far as it is of use. Told by its shape: the app's SDK may be another copy than any of ours. */
interface Refusal {
  readonly status?: unknown
  readonly retryAfter?: unknown
  readonly errors?: readonly { readonly code?: unknown }[]
}

/** Asks by the app's own SDK, once: how often it is worth trying again is for the app to say. */
export function createAskClerk(client: ClerkClient): AskClerk {
  /** Nobody asks before this moment of `performance.now()`: Clerk said so to one, and means all [N5]. */
  let heldUntil = 0

  return async (kind, id) => {
    const heldMs = heldUntil - performance.now()
    if (heldMs > 0) throw patience(kind, id, Math.ceil(heldMs / 1_000))
    // Before the question and not after the answer: the SDK hides Clerk's clock, and of two bounds this is the safe one. An
    // event that is newer than this may know what the answer does not.
    const readAt = Date.now()
    let raw: Json
    try {
      raw = (await kind.ask(client, id))?.raw as Json
    } catch (thrown) {
      const error = refusal(kind, id, thrown as Refusal)
      if (error.retryAfterSeconds !== undefined) heldUntil = performance.now() + error.retryAfterSeconds * 1_000
      throw error
    }
    if (!isJsonObject(raw)) throw unavailable(kind, id, `it answers with something that is no ${kind.name}`)
    // Organizations can be asked for by their slug as well, of which the mirror has no row.
    if (raw.id !== id) throw notFound(kind, id)
    return { data: raw, readAt }
  }
}

function refusal(kind: Kind, id: string, thrown: Refusal): RollcallError {
  const status = typeof thrown?.status === 'number' ? thrown.status : undefined
  const reason = `${status ?? 'no answer'}${codeIn(thrown)}`
  if (status === 404) return notFound(kind, id, thrown)
  if (status === 429) {
    const { retryAfter } = thrown
    return patience(kind, id, typeof retryAfter === 'number' ? retryAfter : RETRY_AFTER_SECONDS, thrown)
  }
  if (status !== undefined && status >= 400 && status < 500) {
    return new RollcallError(
      'clerk_refused',
      `Clerk's Backend API refuses to tell of ${id} (${reason}). Look at the secret key of \`clerkClient\`, and whether the instance has ${kind.name}s.`,
      { cause: thrown },
    )
  }
  return unavailable(kind, id, `it fails (${reason})`, { cause: thrown })
}

const notFound = (kind: Kind, id: string, cause?: unknown) =>
  new RollcallError(
    `${kind.name}_not_found`,
    `Neither the mirror nor Clerk knows the ${kind.name} ${id}. Look at the id, and whether \`clerkClient\` has the key of the instance that is mirrored.`,
    { cause },
  )

const patience = (kind: Kind, id: string, retryAfterSeconds: number, cause?: unknown) =>
  unavailable(kind, id, `it asks to be left alone for ${retryAfterSeconds} s (429)`, { retryAfterSeconds, cause })

/** The mirror has no row, and Clerk cannot be asked for what would be in it. */
export const unavailable = (
  kind: Kind,
  id: string,
  reason: string,
  options?: ErrorOptions & { retryAfterSeconds?: number },
): RollcallError =>
  new RollcallError(
    'clerk_unavailable',
    `The mirror has no ${kind.name} ${id}, and Clerk's Backend API cannot tell of it: ${reason}. Try again later; https://status.clerk.com tells of outages.`,
    options,
  )

/** The code of Clerk's first error: a word of Clerk's, never of the request's. Its texts may quote that. */
function codeIn({ errors }: Refusal): string {
  const code = Array.isArray(errors) ? errors[0]?.code : undefined
  return typeof code === 'string' ? `, ${code}` : ''
}
