import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** A package.json of ours, as far as it tells of others. */
export interface Manifest {
  readonly name: string
  readonly dependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
}

/** A package of somebody else's that one of ours names. */
export interface OutsideDependency {
  readonly name: string
  readonly version: string
  /** Of ours, without its scope; `root` for what the root's package.json names. */
  readonly user: string
}

const root = fileURLToPath(new URL('..', import.meta.url))

/** Every package.json of the workspace; `examples/` are apps of their own. */
export const manifests = (): readonly Manifest[] =>
  ['package.json', ...globSync('packages/*/package.json', { cwd: root })].map((path) =>
    JSON.parse(readFileSync(`${root}/${path}`, 'utf8')),
  )

/** Peers are the app's own, in whatever version it has them. */
export const outsideDependencies = (): readonly OutsideDependency[] =>
  manifests().flatMap(({ name, dependencies, optionalDependencies, devDependencies }) =>
    Object.entries({ ...dependencies, ...optionalDependencies, ...devDependencies })
      .filter(([, version]) => !version.startsWith('workspace:'))
      .map(([outside, version]) => ({
        name: outside,
        version,
        user: name === 'rollcall' ? 'root' : name.replace('@rollcall/', ''),
      })),
  )
