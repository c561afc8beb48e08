import { chown } from 'node:fs/promises'
import { join } from 'node:path'
import { isRoot, postgresAccount } from '@rollcall/embedded/account'
import { startPgBouncer } from './pgbouncer.ts'
import { type PostgresSettings, startPostgresServer } from './postgres-server.ts'
import { type Certificate, createAuthority, type PrivateAuthority } from './private-authority.ts'
import { serverTls, tlsSettings } from './redis-process.ts'
import { startRedisServer } from './redis-server.ts'
import { TEST_PASSWORD, TEST_ROLES } from './roles.ts'
import type { SharedServices } from './shared-services.ts'
import { testPort } from './test-port.ts'
import type { TestRun } from './test-run.ts'

/**
 * The services that all tests share, as a careful installation has them: Postgres behind a PgBouncer in transaction mode, with
 * TLS before and behind it, and a Redis that asks for TLS and for a certificate; all signed by an authority of their own.
 */
export async function startSecuredServices(run: TestRun, settings: PostgresSettings): Promise<SharedServices> {
  const authority = await createAuthority(join(run.directory, 'authority'))
  const [postgres, redisUrl] = await Promise.all([
    startTlsPostgres(run, authority, settings),
    startTlsRedis(run, authority),
  ])
  const pgbouncer = await startPgBouncer({
    directory: join(run.directory, 'pgbouncer'),
    postgresUrl: postgres,
    poolMode: 'transaction',
    users: Object.fromEntries(Object.values(TEST_ROLES).map((role) => [role, TEST_PASSWORD])),
    tls: { ca: authority.ca, own: await authority.issue('pgbouncer') },
  })
  return {
    databaseUrl: pgbouncer.url,
    redisUrl,
    pooler: { postgresUrl: postgres, sessionUrl: overTls(postgres, authority), consoleUrl: pgbouncer.consoleUrl },
    [Symbol.asyncDispose]: () => pgbouncer[Symbol.asyncDispose](),
  }
}

async function startTlsPostgres(run: TestRun, authority: PrivateAuthority, settings: PostgresSettings) {
  const own = await ownedByPostgres(await authority.issue('postgres'))
  const tls = { ssl: 'on', ssl_cert_file: own.cert, ssl_key_file: own.key }
  return (await startPostgresServer(run, { ...settings, ...tls })).url
}

export function overTls(postgresUrl: string, { ca }: PrivateAuthority): string {
  const search = String(new URLSearchParams({ sslmode: 'verify-full', sslrootcert: ca }))
  return Object.assign(new URL(postgresUrl), { hostname: 'localhost', search }).href
}

/** It takes no key that anybody else could read. */
export async function ownedByPostgres(certificate: Certificate): Promise<Certificate> {
  if (isRoot()) {
    const { uid, gid } = await postgresAccount()
    await chown(certificate.key, uid, gid)
  }
  return certificate
}

async function startTlsRedis(run: TestRun, authority: PrivateAuthority): Promise<string> {
  const port = await testPort()
  await startRedisServer(run, tlsSettings(port, await serverTls(authority)))
  const { cert, key } = await authority.issue('client')
  const parameters = new URLSearchParams({ sslrootcert: authority.ca, sslcert: cert, sslkey: key })
  return `rediss://localhost:${port}?${parameters}`
}
