import { execFile } from 'node:child_process'
import { chown, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { isRoot, postgresAccount } from '@rollcall/embedded/account'
import { postgresAnswers } from '@rollcall/embedded/postgres-answers'
import { installDebianPackage } from './install-debian-package.ts'
import type { Certificate } from './private-authority.ts'
import { testPort } from './test-port.ts'
import { startTiedProcess } from './tied-process.ts'
import { until } from './wait.ts'

/** A PgBouncer in front of every database of a Postgres. Whoever starts it has ended when this is disposed of. */
export interface PgBouncer extends AsyncDisposable {
  /** As the superuser of the Postgres behind it. */
  readonly url: string
  /** Where `show clients` and its like are answered. */
  readonly consoleUrl: string
}

export interface PgBouncerOptions {
  /** Made if missing. */
  readonly directory: string
  /** The Postgres behind it, as its superuser. */
  readonly postgresUrl: string
  readonly poolMode: 'transaction' | 'session'
  /** Who else may come, by name: passwords. The superuser may. */
  readonly users?: Readonly<Record<string, string>>
  /** TLS in front of it and behind it; nothing goes without, then. */
  readonly tls?: { readonly ca: string; readonly own: Certificate }
  readonly settings?: Readonly<Record<string, string>>
}

const WHAT_TO_DO =
  'These tests need a real PgBouncer: install it (`apt install pgbouncer`, `brew install pgbouncer`), so that `pgbouncer` is on the PATH.'

const run = promisify(execFile)

/** Since this version it knows prepared statements that outlive a transaction, and keeps track of them by default. */
const TRACKS_STATEMENTS = [1, 21] as const

/** Starts it. It refuses to be root, so as the account of Postgres where we are. */
export async function startPgBouncer(options: PgBouncerOptions): Promise<PgBouncer> {
  const version = await ensurePgBouncer()
  const { directory, tls } = options
  const port = await testPort()
  const account = isRoot() ? await postgresAccount() : undefined
  await mkdir(directory, { recursive: true })
  const files = { users: join(directory, 'users.txt'), settings: join(directory, 'pgbouncer.ini') }
  await writeFile(files.users, userList(options), { mode: 0o600 })
  await writeFile(files.settings, configuration(options, { port, users: files.users, version }), { mode: 0o600 })
  if (account) {
    for (const path of [...Object.values(files), ...(tls ? [tls.own.key] : [])]) {
      await chown(path, account.uid, account.gid)
    }
  }

  const server = startTiedProcess(['pgbouncer', '--quiet', files.settings], account)
  const own = new URL(options.postgresUrl)
  own.host = `${tls ? 'localhost' : '127.0.0.1'}:${port}`
  if (tls) own.search = String(new URLSearchParams({ sslmode: 'verify-full', sslrootcert: tls.ca }))
  const url = own.href
  try {
    await until(() => postgresAnswers(url), { timeoutMs: 30_000, what: 'PgBouncer answers' })
  } catch (cause) {
    await server[Symbol.asyncDispose]()
    throw new Error(`PgBouncer does not answer: ${server.said}`, { cause })
  }
  return {
    url,
    consoleUrl: Object.assign(new URL(url), { pathname: '/pgbouncer' }).href,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}

/** Its version; where this is Debian and we are root it is installed first. */
async function ensurePgBouncer(): Promise<readonly [major: number, minor: number]> {
  const version = () => run('pgbouncer', ['--version']).catch(() => undefined) // it is not there
  if (!(await version())) await installDebianPackage('pgbouncer', WHAT_TO_DO)
  const found = /(\d+)\.(\d+)/.exec((await version())?.stdout ?? '')
  if (!found) throw new Error(WHAT_TO_DO)
  return [Number(found[1]), Number(found[2])]
}

function userList({ postgresUrl, users = {} }: PgBouncerOptions): string {
  const { username, password } = new URL(postgresUrl)
  return Object.entries({ [username]: password, ...users })
    .map(([name, secret]) => `"${name}" "${secret}"\n`)
    .join('')
}

function configuration(
  { postgresUrl, poolMode, tls, settings = {} }: PgBouncerOptions,
  own: { readonly port: number; readonly users: string; readonly version: readonly [number, number] },
): string {
  const { hostname, port, username } = new URL(postgresUrl)
  const tracks = own.version[0] > TRACKS_STATEMENTS[0] || own.version[1] >= TRACKS_STATEMENTS[1]
  const all = {
    listen_addr: '127.0.0.1',
    listen_port: own.port,
    unix_socket_dir: '',
    auth_type: 'scram-sha-256',
    auth_file: own.users,
    admin_users: username,
    pool_mode: poolMode,
    // Every test has databases of its own, and in each of them some pools.
    max_client_conn: 1_000,
    default_pool_size: 20,
    // What is no longer used is soon given back: Postgres has its limit, too.
    server_idle_timeout: 5,
    // Nothing may lean on its keeping track of what a session has prepared: older ones cannot.
    ...(tracks && { max_prepared_statements: 0 }),
    ...(tls && {
      client_tls_sslmode: 'require',
      client_tls_key_file: tls.own.key,
      client_tls_cert_file: tls.own.cert,
      server_tls_sslmode: 'verify-full',
      server_tls_ca_file: tls.ca,
    }),
    ...settings,
  }
  const lines = Object.entries(all).map(([name, value]) => `${name} = ${value}\n`)
  return `[databases]\n* = host=${hostname} port=${port}\n\n[pgbouncer]\n${lines.join('')}`
}
