import { execFile } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Paths of PEM files. */
export interface Certificate {
  readonly cert: string
  readonly key: string
}

/** A certificate authority that nobody knows, and what it has signed. */
export interface PrivateAuthority {
  /** Path of its own certificate: who is given it trusts what it signs. */
  readonly ca: string
  /** For a server at localhost or 127.0.0.1, or for a client; `name` is its common name and the files'. */
  issue(name: string): Promise<Certificate>
}

/** Long enough for a test run; a certificate that outlives it is of use to nobody. */
const DAYS = ['-days', '2']
const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']

/** Makes an authority in a folder, by the `openssl` of this machine. */
export async function createAuthority(folder: string): Promise<PrivateAuthority> {
  await mkdir(folder, { recursive: true })
  const at = (name: string) => join(folder, name)
  await openssl(
    'req',
    '-x509',
    ...KEY,
    ...DAYS,
    '-subj',
    '/CN=Rollcall test CA',
    '-keyout',
    at('ca.key'),
    '-out',
    at('ca.pem'),
  )
  return {
    ca: at('ca.pem'),
    async issue(name) {
      const certificate = { cert: at(`${name}.pem`), key: at(`${name}.key`) }
      const [request, extensions] = [at(`${name}.csr`), at(`${name}.ext`)]
      await writeFile(extensions, 'subjectAltName=DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=serverAuth,clientAuth\n')
      await openssl('req', '-new', ...KEY, '-subj', `/CN=${name}`, '-keyout', certificate.key, '-out', request)
      const signer = ['-CA', at('ca.pem'), '-CAkey', at('ca.key'), '-CAcreateserial']
      await openssl(
        'x509',
        '-req',
        ...DAYS,
        '-in',
        request,
        ...signer,
        '-extfile',
        extensions,
        '-out',
        certificate.cert,
      )
      return certificate
    },
  }
}

const openssl = (...args: string[]) => run('openssl', args)
