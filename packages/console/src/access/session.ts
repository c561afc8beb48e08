import { randomBytes } from 'node:crypto'
import type { Credential } from './credentials.ts'
import { isSame, sign } from './signature.ts'

/** A working day and a bit. */
export const SESSION_MS = 12 * 60 * 60 * 1_000

export interface Session {
  readonly id: string
  readonly credential: Credential
}

/**
 * A session as a cookie holds it: who came in how, until when, and a signature by a key that the credential stands for.
 * No process keeps it, so all consoles with the same credential take it, and none takes it once that has changed [X4].
 */
export function issueSession({ way, key }: Credential, now: number): string {
  const content = `${way}.${randomBytes(16).toString('base64url')}.${now + SESSION_MS}`
  return `${content}.${sign(key, content)}`
}

/** Nothing where it has expired, or is not one of ours. */
export function readSession(text: string, credentials: readonly Credential[], now: number): Session | undefined {
  const [way, id, expiresAt, signature, ...more] = text.split('.')
  const credential = credentials.find((each) => each.way === way)
  if (!credential || id === undefined || signature === undefined || more.length > 0) return undefined
  if (!isSame(signature, sign(credential.key, `${way}.${id}.${expiresAt}`))) return undefined
  return Number(expiresAt) > now ? { id, credential } : undefined
}
