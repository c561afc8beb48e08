import { createHash, createHmac, scryptSync, timingSafeEqual } from 'node:crypto'

/** Of what is signed, as one word. */
export const sign = (key: Buffer, text: string): string => createHmac('sha256', key).update(text).digest('base64url')

/** Takes as long whichever character differs, and however long the two are. */
export function isSame(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(a), digest(b))
}

/**
 * A key that a secret stands for: the same in every process that knows the secret, and another when it is changed. Slow to
 * derive, so that nobody finds a password out by trying which one signs as a session is signed.
 */
export const keyOf = (secret: string, purpose: string): Buffer => scryptSync(secret, `rollcall ${purpose}`, 32)
