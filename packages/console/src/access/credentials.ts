import { isSame, keyOf } from './signature.ts'

/** Something that somebody knows, which lets them in where Clerk is not wanted. */
export interface Credential {
  readonly way: 'token' | 'basic'
  /** Who came in with it, for the audit log. */
  readonly actor: string
  /** By which its sessions are signed: they end when it is changed [X4]. */
  readonly key: Buffer
  matches(written: string): boolean
}

export interface CredentialVariables {
  readonly CONSOLE_TOKEN?: string | undefined
  readonly CONSOLE_USERNAME?: string | undefined
  readonly CONSOLE_PASSWORD?: string | undefined
}

/** The name and the password as one text, as basic credentials have them. */
export const pair = (username: string, password: string): string => `${username}:${password}`

export function createCredentials(config: CredentialVariables): readonly Credential[] {
  const { CONSOLE_TOKEN, CONSOLE_USERNAME, CONSOLE_PASSWORD } = config
  const token = CONSOLE_TOKEN === undefined ? [] : [credential('token', 'token', CONSOLE_TOKEN)]
  const basic =
    CONSOLE_USERNAME === undefined || CONSOLE_PASSWORD === undefined
      ? []
      : [credential('basic', CONSOLE_USERNAME, pair(CONSOLE_USERNAME, CONSOLE_PASSWORD))]
  return [...token, ...basic]
}

const credential = (way: Credential['way'], actor: string, secret: string): Credential => ({
  way,
  actor,
  key: keyOf(secret, `console session by ${way}`),
  matches: (written) => isSame(written, secret),
})

/** What an `Authorization` header says; nothing where it is of another kind. */
export function readAuthorization(
  header: string | undefined,
): (Pick<Credential, 'way'> & { written: string }) | undefined {
  const [, scheme, value] = /^(bearer|basic) +([\w.~+/=-]+)$/i.exec(header ?? '') ?? []
  if (scheme === undefined || value === undefined) return undefined
  return scheme.toLowerCase() === 'bearer'
    ? { way: 'token', written: value }
    : { way: 'basic', written: Buffer.from(value, 'base64').toString() }
}
