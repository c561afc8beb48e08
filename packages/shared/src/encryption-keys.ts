import { createSecretKey, type KeyObject } from 'node:crypto'

/** AES-256's. */
const KEY_BYTES = 32

/** As `openssl rand` writes 32 bytes with `-hex` and with `-base64`, whose padding, or alphabet, some tools change. */
const HEX = /^[0-9a-f]{64}$/i
const BASE64 = /^[\w+/-]{43}=?$/

/** Keys in base64 or hex; nothing where one of them is none. A `KeyObject` shows its key to nobody who prints it [L2]. */
export function encryptionKeys(written: readonly string[]): readonly KeyObject[] | undefined {
  const keys = written.map(encryptionKey)
  return keys.length > 0 && keys.every((key) => key !== undefined) ? keys : undefined
}

function encryptionKey(written: string): KeyObject | undefined {
  const encoding = HEX.test(written) ? 'hex' : BASE64.test(written) ? 'base64' : undefined
  const bytes = encoding && Buffer.from(written, encoding)
  return bytes?.length === KEY_BYTES ? createSecretKey(bytes) : undefined
}
