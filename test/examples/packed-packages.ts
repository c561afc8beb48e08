import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { buildPackages } from '../../infra/npm/build.ts'
import { inApp } from './app.ts'

/** A package as npm publishes it. */
export interface PackedPackage {
  readonly name: string
  /** Where it was built, and the tarball that was made of it. */
  readonly folder: string
  readonly tarball: string
}

/** Builds and packs everything that is published, below a folder of the test's own. */
export async function packPackages(folder: string): Promise<readonly PackedPackage[]> {
  const packed: PackedPackage[] = []
  for (const built of await buildPackages(join(folder, 'build'))) {
    await inApp(built, ['npm', 'pack', '--pack-destination', folder])
    const name = `@rollcall/${built.split('/').at(-1)}`
    const file = (await readdir(folder)).find((each) => each.startsWith(`${name.slice(1).replace('/', '-')}-`))
    packed.push({ name, folder: built, tarball: join(folder, file!) })
  }
  return packed
}
