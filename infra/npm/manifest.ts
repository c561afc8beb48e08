import type { Published } from './published.ts'

/** What is read of a package's `package.json`. */
export interface Manifest {
  readonly name: string
  readonly version: string
  readonly license?: string
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional: boolean }>>
}

/** The first with what the code was written for: `Promise.withResolvers`, `URL.parse`. */
const OLDEST_NODE = '>=22.1'

/**
 * The `package.json` of what is published: the workspace's own packages are in its code, and what that still imports is asked
 * for in any version of the same major.
 */
export function manifestOf(
  published: Published,
  parts: {
    readonly own: Manifest
    /** What the built code imports, by package. */
    readonly imported: readonly string[]
    /** Of all packages of the workspace. */
    readonly versions: Readonly<Record<string, string>>
  },
): object {
  const { own, imported, versions } = parts
  const { name, version, license, peerDependencies, peerDependenciesMeta } = own
  const needed = [...imported, ...published.alsoNeeded].filter((each) => !(each in (peerDependencies ?? {}))).sort()
  const unknown = needed.filter((each) => versions[each] === undefined)
  if (unknown.length > 0)
    throw new Error(`${name} imports ${unknown.join(', ')}, which no package of the workspace names`)
  const main = `./${published.entry}.js`
  const types = `./${published.entry}.d.ts`
  return {
    name,
    version,
    description: published.description,
    license,
    type: 'module',
    engines: { node: OLDEST_NODE },
    sideEffects: false,
    exports: { '.': { types, default: main }, './package.json': './package.json' },
    // For tools that know no exports.
    main,
    types,
    files: ['*.js', '*.d.ts', ...published.assets.map((folder) => folder.split('/').at(-1)!)],
    dependencies: Object.fromEntries(needed.map((each) => [each, `^${versions[each]}`])),
    ...(peerDependencies && { peerDependencies, peerDependenciesMeta }),
  }
}
