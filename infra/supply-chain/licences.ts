import { pnpm } from './pnpm.ts'

/** A package that is installed, and the licence that it says of itself. */
export interface Licensed {
  readonly name: string
  readonly versions: readonly string[]
  readonly licence: string
}

/** What is run in production and goes into the image: licences that ask for no more than that their text is kept. */
export const ALLOWED: Readonly<Record<string, string>> = {
  '0BSD': 'asks for nothing',
  'Apache-2.0': 'permissive, with a grant of patents; our own',
  'BlueOak-1.0.0': 'permissive, in plain words',
  'BSD-2-Clause': 'permissive',
  'BSD-3-Clause': 'permissive',
  ISC: 'permissive',
  MIT: 'permissive',
  Unlicense: 'the public domain',
}

/** Beside those, what only builds and tests use, and nobody is given. */
export const ALLOWED_IN_DEVELOPMENT: Readonly<Record<string, string>> = {
  'CC0-1.0': 'the public domain',
  'MPL-2.0': 'copyleft of its own files, which we neither change nor pass on',
}

/** Packages that say nothing in their package.json, by name, with where they say it. */
export const EXCEPTIONS: Readonly<Record<string, string>> = {
  '@supabase/stripe-sync-engine': 'Apache-2.0, by its repository; the benchmark measures it beside ours',
}

const PARTS = {
  production: ['--prod', '--filter', '@rollcall/cli...', '--filter', '@rollcall/client...'],
  all: ['--recursive'],
} as const

export async function installedLicences(part: keyof typeof PARTS): Promise<readonly Licensed[]> {
  const { exitCode, stdout, stderr } = await pnpm('licenses', 'list', '--json', ...PARTS[part])
  if (exitCode !== 0) throw new Error(`pnpm licenses list: ${stdout}${stderr}`)
  const byLicence = JSON.parse(stdout) as Readonly<Record<string, readonly Omit<Licensed, 'licence'>[]>>
  return Object.entries(byLicence).flatMap(([licence, packages]) =>
    packages.map(({ name, versions }) => ({ name, versions, licence })),
  )
}

/** Those that may not be used so. */
export const refusedLicences = (
  packages: readonly Licensed[],
  allowed: Readonly<Record<string, string>>,
): readonly Licensed[] =>
  packages.filter(({ name, licence }) => !isAllowed(licence, allowed) && !Object.hasOwn(EXCEPTIONS, name))

/** Of several that are offered, one will do: `(MIT OR Apache-2.0)`. */
const isAllowed = (licence: string, allowed: Readonly<Record<string, string>>): boolean =>
  licence
    .replace(/^\((.*)\)$/, '$1')
    .split(' OR ')
    .some((each) => Object.hasOwn(allowed, each))
