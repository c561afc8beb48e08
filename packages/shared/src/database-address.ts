import { tlsFilesProblem } from './tls-files.ts'

/** What `sslmode` may say, and whether the server has to prove who it is. Not `allow`: it would ask for nothing. */
const MODES: ReadonlyMap<string, 'verified' | 'as it says'> = new Map([
  ['disable', 'as it says'],
  ['no-verify', 'as it says'],
  ['prefer', 'verified'],
  ['require', 'verified'],
  ['verify-ca', 'verified'],
  ['verify-full', 'as it says'],
])

/** What is wrong with a Postgres URL, behind the variable's name and without its value. Nothing where it is fit for use. */
export function databaseUrlProblem(value: string): string | undefined {
  const url = URL.parse(value)
  if (!url || !/^postgres(ql)?:$/.test(url.protocol)) return 'must be a postgres:// URL'
  const mode = url.searchParams.get('sslmode')
  if (mode !== null && !MODES.has(mode)) return `must have as sslmode one of ${[...MODES.keys()].join(', ')}`
  return tlsFilesProblem(url.searchParams)
}

/**
 * The URL for `pg`. Modes between `no-verify` and `verify-full` are taken for `verify-full`, never for less [I41]: libpq
 * verifies less or nothing for them, `pg` 8 as much but warns on standard error, and `pg` 9 is to do as libpq does. Who says
 * `uselibpqcompat=true` gets what libpq does.
 */
export function verifiedUrl(databaseUrl: string): string {
  const url = URL.parse(databaseUrl)
  const mode = url?.searchParams.get('sslmode')
  if (!url || !mode || MODES.get(mode) !== 'verified' || url.searchParams.get('uselibpqcompat') === 'true') {
    return databaseUrl
  }
  url.searchParams.set('sslmode', 'verify-full')
  return url.href
}
