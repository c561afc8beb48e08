import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createAuthority } from '@rollcall/testkit/private-authority'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { databaseUrlProblem, verifiedUrl } from './database-address.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rollcall-test-address-'))
})
afterAll(() => rm(folder, { recursive: true }))

const url = (parameters: Readonly<Record<string, string>>) =>
  `postgres://user:p%40ss@db.example.com/app?${new URLSearchParams(parameters)}`

test('[I41] whatever asks for TLS asks for all of it; what asks for none, or for what libpq does, is left alone', () => {
  for (const sslmode of ['prefer', 'require', 'verify-ca', 'verify-full']) {
    expect(verifiedUrl(url({ sslmode, application_name: 'a b' }))).toBe(
      url({ sslmode: 'verify-full', application_name: 'a b' }),
    )
  }
  const others: readonly Readonly<Record<string, string>>[] = [
    {},
    { sslmode: 'disable' },
    { sslmode: 'no-verify' },
    { sslmode: 'require', uselibpqcompat: 'true' },
  ]
  for (const parameters of others) expect(verifiedUrl(url(parameters))).toBe(url(parameters))
})

test('[I41] a mode that nobody knows is refused', () => {
  expect(databaseUrlProblem(url({ sslmode: 'verify_full' }))).toMatch(
    /^must have as sslmode one of disable, .*verify-full$/,
  )
  expect(databaseUrlProblem(url({ sslmode: 'allow' }))).toMatch(/^must have as sslmode one of /)
  expect(databaseUrlProblem('mysql://db/app')).toBe('must be a postgres:// URL')
})

test('[I42] files that are not there, are no certificates or do not fit each other are told by their parameter', async () => {
  const authority = await createAuthority(folder)
  const [one, other] = [await authority.issue('one'), await authority.issue('other')]
  const text = join(folder, 'text')
  await writeFile(text, 'certificate')
  const problem = (parameters: Readonly<Record<string, string>>) => databaseUrlProblem(url(parameters))

  expect(problem({ sslrootcert: authority.ca, sslcert: one.cert, sslkey: one.key })).toBeUndefined()
  expect(problem({ sslrootcert: join(folder, 'missing') })).toBe(
    'names in sslrootcert a file that cannot be read (ENOENT)',
  )
  expect(problem({ sslrootcert: folder })).toBe('names in sslrootcert a file that cannot be read (EISDIR)')
  expect(problem({ sslrootcert: text })).toBe('names in sslrootcert a file that is not in PEM')
  expect(problem({ sslcert: one.cert })).toBe('must have both of sslcert and sslkey, or neither')
  expect(problem({ sslcert: one.cert, sslkey: other.key })).toMatch(/^names in sslcert and sslkey .* do not fit/)
})
