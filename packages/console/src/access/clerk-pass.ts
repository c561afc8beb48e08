import { isSame, sign } from './signature.ts'

/** Somebody whom Clerk has let in. */
export interface PassHolder {
  readonly userId: string
  readonly sessionId: string
}

/** As long as somebody reads a page before pressing a button on it, or looks at charts before they load anew. */
export const PASS_MS = 15 * 60 * 1_000

/**
 * Clerk's session tokens live for a minute, and only a page that is opened gets a new one, by way of Clerk. What an open page
 * sends later, its forms and the questions of its charts, is let in by this instead [X3].
 */
export function issuePass(key: Buffer, { userId, sessionId }: PassHolder, now: number): string {
  const content = `${userId}.${sessionId}.${now + PASS_MS}`
  return `${content}.${sign(key, content)}`
}

/** Nothing where it has expired, or is not one of ours. */
export function readPass(key: Buffer, text: string, now: number): PassHolder | undefined {
  const [userId, sessionId, expiresAt, signature, ...more] = text.split('.')
  if (!userId || !sessionId || signature === undefined || more.length > 0) return undefined
  if (!isSame(signature, sign(key, `${userId}.${sessionId}.${expiresAt}`))) return undefined
  return Number(expiresAt) > now ? { userId, sessionId } : undefined
}
