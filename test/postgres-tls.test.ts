import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { OwnServer } from '@rollcall/testkit/own-server'
import { startPostgresProcess } from '@rollcall/testkit/postgres-process'
import { type Certificate, createAuthority, type PrivateAuthority } from '@rollcall/testkit/private-authority'
import { createQueue } from '@rollcall/testkit/queue'
import { ownedByPostgres } from '@rollcall/testkit/secured-services'
import { uniqueName } from '@rollcall/testkit/unique-name'
import { until } from '@rollcall/testkit/wait'
import { Client } from 'pg'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { diagnose } from './diagnose.ts'
import { startProcess } from './process.ts'
import { rollcall } from './rollcall.ts'

/** Asks whoever comes to one database for a certificate. */
const WHO_MAY_COME = `
hostssl clients all all scram-sha-256 clientcert=verify-ca
host    clients all all reject
host    all     all all scram-sha-256
`

let folder: string
let ours: PrivateAuthority
let theirs: PrivateAuthority
let client: Certificate
let postgres: OwnServer
let withoutTls: OwnServer
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rollcall-test-tls-'))
  const authority = () => createAuthority(join(inject('testRun').directory, uniqueName('authority')))
  ;[ours, theirs] = await Promise.all([authority(), authority()])
  client = await ours.issue('client')
  const own = await ownedByPostgres(await ours.issue('postgres'))
  const hba = join(inject('testRun').directory, uniqueName('hba'))
  await writeFile(hba, WHO_MAY_COME)
  const tls = { ssl: 'on', ssl_cert_file: own.cert, ssl_key_file: own.key, ssl_ca_file: ours.ca, hba_file: hba }
  postgres = await startPostgresProcess(tls)
  await execute(urlOf(), 'create database clients')
  withoutTls = await startPostgresProcess()
})
afterAll(async () => {
  await Promise.all([postgres.dispose(), withoutTls.dispose(), rm(folder, { recursive: true })])
})

interface Access {
  readonly server?: OwnServer
  readonly host?: string
  readonly parameters?: Readonly<Record<string, string>>
}

function urlOf({ server = postgres, host = 'localhost', parameters = { sslrootcert: ours.ca } }: Access = {}): string {
  const search = String(new URLSearchParams({ sslmode: 'verify-full', ...parameters }))
  return Object.assign(new URL(server.url), { hostname: host, search }).href
}

async function execute(url: string, statement: string): Promise<unknown[]> {
  const connection = new Client({ connectionString: url })
  await connection.connect()
  try {
    return (await connection.query(statement)).rows
  } finally {
    await connection.end()
  }
}

test.each(['require', 'verify-ca', 'verify-full'])(
  '[I41] over TLS with sslmode=%s it is migrated, and nothing is warned of',
  async (sslmode) => {
    const url = urlOf({ parameters: { sslmode, sslrootcert: ours.ca } })
    const { code, stderr } = await rollcall(folder, ['migrate'], { DATABASE_URL: url })
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  },
)

test('[I41] with a certificate of ours where the server asks for one, the queue too', async () => {
  const parameters = { sslrootcert: ours.ca, sslcert: client.cert, sslkey: client.key }
  const url = Object.assign(new URL(urlOf({ parameters })), { pathname: '/clients' }).href
  expect(await rollcall(folder, ['migrate'], { DATABASE_URL: url })).toMatchObject({ code: 0, stderr: '' })
  const { statuses } = await diagnose(folder, { DATABASE_URL: url })
  expect(statuses).toMatchObject({ postgres: 'passed', schema: 'passed', grants: 'passed', queue: 'passed' })
  const without = await diagnose(folder, { DATABASE_URL: url.replace(/&sslcert.*/, '') })
  expect(without.messages.postgres).toMatch(/requires a valid client certificate/)
})

const WRONG: Readonly<Record<string, readonly [sentence: string, url: () => string]>> = {
  'the authority of somebody else': [
    'no authority trusted here has signed. Let `sslrootcert` in DATABASE_URL name',
    () => urlOf({ parameters: { sslrootcert: theirs.ca } }),
  ],
  'no authority': [
    'no authority trusted here has signed. Let `sslrootcert` in DATABASE_URL name',
    () => urlOf({ parameters: { sslmode: 'require' } }),
  ],
  'a host that the certificate does not name': [
    'a certificate for another host. Write the host in DATABASE_URL as',
    () => urlOf({ host: '127.1' }),
  ],
  'a server without TLS': [
    'does not speak TLS, which DATABASE_URL asks for. Turn it on there',
    () => urlOf({ server: withoutTls }),
  ],
}

test.each(Object.entries(WRONG))('[I43] is told by doctor and by commands: %s', async (_, [sentence, url]) => {
  const { messages, healthy } = await diagnose(folder, { DATABASE_URL: url() })
  expect(healthy).toBe(false)
  expect(messages.postgres).toContain(sentence)
  const { code, stderr } = await rollcall(folder, ['migrate'], { DATABASE_URL: url() })
  expect(code).toBe(1)
  expect(stderr).toContain(sentence)
  expect(stderr.trim().split('\n')).toHaveLength(2)
})

test('[I43] a worker that may not trust Postgres says why on /readyz and in its log, and waits', async () => {
  await using queue = await createQueue('redis')
  const [sentence, url] = WRONG['the authority of somebody else']!
  await using worker = startProcess('worker', { ...queue.variables, DATABASE_URL: url() })
  const { opsPort } = await worker.untilLogged('worker.started', 60_000)
  const paused = await worker.untilLogged('consumption.paused')
  expect(paused).toMatchObject({
    error: {
      code: 'database_unavailable',
      message: expect.stringContaining(sentence),
      cause: { code: 'SELF_SIGNED_CERT_IN_CHAIN' },
    },
  })
  const isSaid = async () => (await (await fetch(`http://127.0.0.1:${opsPort}/readyz`)).text()).includes(sentence)
  await until(isSaid, { timeoutMs: 20_000, what: 'it is said on /readyz' })
  expect(await worker.end('SIGTERM')).toBe(0)
  expect(worker.stderr).toBe('')
})

test('[I42] a file that cannot be read is told before anything starts, by the variable', async () => {
  const DATABASE_URL = urlOf({ parameters: { sslrootcert: join(folder, 'missing.pem') } })
  await using worker = startProcess('worker', { DATABASE_URL })
  expect(await worker.ended()).toBe(1)
  expect(worker.stderr).toContain('\n  DATABASE_URL: names in sslrootcert a file that cannot be read (ENOENT)\n')
  expect(worker.lines).toEqual([])
})
