import { createCipheriv, createDecipheriv, createHash, type KeyObject, randomBytes } from 'node:crypto'

const ALGORITHM = 'aes-256-gcm'

/** What GCM is made for. Drawn anew for each body: safe for 2³² of them, which at a million a day are eleven years [Q42]. */
const NONCE_BYTES = 12

const TAG_BYTES = 16

/** Enough to tell an installation's keys apart, and no help in guessing one. */
const KEY_ID_DIGITS = 8

/** By what a job says with which of the keys its body is encrypted: the beginning of the key's SHA-256. */
export const keyIdOf = (key: KeyObject): string =>
  createHash('sha256').update(key.export()).digest('hex').slice(0, KEY_ID_DIGITS)

/** Encrypts, and binds to `context`: what was sealed in one opens in no other. */
export function seal(key: KeyObject, plain: Buffer, context: string): Buffer {
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES })
  cipher.setAAD(Buffer.from(context))
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()])
}

/** Throws where anything is not as it was sealed. */
export function unseal(key: KeyObject, sealed: Buffer, context: string): Buffer {
  const decipher = createDecipheriv(ALGORITHM, key, sealed.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES })
  decipher.setAAD(Buffer.from(context))
  decipher.setAuthTag(sealed.subarray(-TAG_BYTES))
  return Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()])
}
