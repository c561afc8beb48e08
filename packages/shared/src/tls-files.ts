import { readFileSync } from 'node:fs'
import { createSecureContext } from 'node:tls'

/** What a URL's parameters name, under libpq's names: the authority that is trusted, and what we show of ourselves. */
const PARAMETERS = { ca: 'sslrootcert', cert: 'sslcert', key: 'sslkey' } as const

/** As Node's TLS takes them. What is not here was not named. */
export interface TlsFiles {
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
}

class TlsFileError extends Error {
  override readonly name = 'TlsFileError'
}

/** Reads the files in PEM that a URL's parameters name. Throws where one cannot be read. */
export function readTlsFiles(parameters: URLSearchParams): TlsFiles {
  const named = Object.entries(PARAMETERS).flatMap(([name, parameter]) => {
    const path = parameters.get(parameter)
    return path === null ? [] : [[name, readPem(parameter, path)]]
  })
  return Object.fromEntries(named)
}

function readPem(parameter: string, path: string): string {
  const text = readOrExplain(parameter, path)
  // Node takes an authority's file that holds something else for one that holds no authority.
  if (!text.includes('-----BEGIN ')) throw new TlsFileError(`names in ${parameter} a file that is not in PEM`)
  return text
}

function readOrExplain(parameter: string, path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    throw new TlsFileError(`names in ${parameter} a file that cannot be read (${code})`, { cause })
  }
}

/** What is wrong with the files that a URL names, behind the variable's name. Nothing where they are fit for TLS [I42]. */
export function tlsFilesProblem(parameters: URLSearchParams): string | undefined {
  if (parameters.has(PARAMETERS.cert) !== parameters.has(PARAMETERS.key)) {
    return 'must have both of sslcert and sslkey, or neither'
  }
  try {
    createSecureContext(readTlsFiles(parameters))
    return undefined
  } catch (error) {
    if (error instanceof TlsFileError) return error.message
    return 'names in sslcert and sslkey a certificate and a key that do not fit each other, or are broken'
  }
}
