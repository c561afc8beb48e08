import { randomBytes } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Svix's secrets are 24 random bytes. */
const SECRET_BYTES = 24

export const madeUpSecret = (): string => `whsec_${randomBytes(SECRET_BYTES).toString('base64')}`

/** The signing secret of this folder: made up the first time, the same ever after. For local use, until Clerk's is set. */
export async function localSecret(home: string): Promise<string> {
  const path = join(home, 'signing-secret')
  try {
    // `wx` so that of two starts at once, both end with the secret of one.
    await writeFile(path, `${madeUpSecret()}\n`, { mode: 0o600, flag: 'wx' })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  return (await readFile(path, 'utf8')).trim()
}
