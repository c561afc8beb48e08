import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import type { Catalog } from '@rollcall/resources/catalog'
import { views } from './views.ts'

/** One step of the schema's history: plain SQL, named `<owner>/<number>_<what>`. */
export interface Migration {
  readonly id: string
  readonly sql: string
  /** SHA-256 of the SQL, in hexadecimal: an applied migration must not change. */
  readonly checksum: string
}

/**
 * The ledger's own migrations, then each mirrored resource's, then those of the views over them: an owner's run in the
 * order of their numbers [M1].
 */
export async function listMigrations(catalog: Catalog): Promise<readonly Migration[]> {
  const owners = [
    { name: 'mirror', folder: new URL('../migrations/', import.meta.url) },
    ...catalog.mirrored.map(({ name, migrations }) => ({ name, folder: migrations })),
    ...views.filter(({ over }) => over.every((name) => catalog.mirroredNamed(name))),
  ]
  const perOwner = await Promise.all(owners.map(({ name, folder }) => readMigrations(name, folder)))
  return perOwner.flat()
}

async function readMigrations(owner: string, folder: URL): Promise<Migration[]> {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.sql')).sort()
  return Promise.all(
    files.map(async (file) => {
      const text = await readFile(new URL(file, folder), 'utf8')
      return {
        id: `${owner}/${file.replace(/\.sql$/, '')}`,
        sql: text,
        checksum: createHash('sha256').update(text).digest('hex'),
      }
    }),
  )
}
