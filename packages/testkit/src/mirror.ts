import { type Mirror, openMirror } from '@rollcall/mirror/database'
import { migrate } from '@rollcall/mirror/migrate'
import { listMigrations } from '@rollcall/mirror/migrations'
import type { Catalog } from '@rollcall/resources/catalog'
import { sql } from 'kysely'
import { everything } from './catalog.ts'
import { createDatabase } from './postgres.ts'
import { applyRoles, type Roles } from './roles.ts'

export interface TestMirror extends Mirror, AsyncDisposable {
  readonly catalog: Catalog
  /** As the administrator, for what a test itself looks at and prepares. */
  readonly databaseUrl: string
  /** The same database as each of our roles. */
  readonly urls: Roles
  /** Empties every table but the record of migrations. */
  clear(): Promise<void>
}

/** A mirror in a database of its own, migrated by our own role, of every resource unless a catalog says otherwise. */
export async function createTestMirror(
  options: { poolSize?: number; catalog?: Catalog; session?: boolean } = {},
): Promise<TestMirror> {
  const { catalog = everything() } = options
  const database = await createDatabase(options)
  const urls = await applyRoles(database.url)
  await migrateAs(urls.migrator, catalog)
  const mirror = open(database.url, options.poolSize ?? 10)
  return {
    ...mirror,
    catalog,
    databaseUrl: database.url,
    urls,
    async clear() {
      const tables = [
        'webhook_events',
        'backfills',
        'reconcile_runs',
        'audit_log',
        ...catalog.mirrored.map((resource) => resource.table),
      ]
      // `truncate` makes new files for each table and index: 285 ms on a busy machine, where this took 12.
      const deletions = tables.map((table) => sql`${sql.id(`of_${table}`)} as (delete from ${sql.id('clerk', table)})`)
      await sql`with ${sql.join(deletions)} select`.execute(mirror.db)
    },
    async [Symbol.asyncDispose]() {
      await mirror.close()
      await database[Symbol.asyncDispose]()
    },
  }
}

const open = (databaseUrl: string, poolSize: number): Mirror =>
  openMirror({
    databaseUrl,
    schema: 'clerk',
    poolSize,
    onError: (error) => {
      throw error
    },
  })

async function migrateAs(url: string, catalog: Catalog): Promise<void> {
  const mirror = open(url, 1)
  try {
    await migrate(mirror, await listMigrations(catalog))
  } finally {
    await mirror.close()
  }
}
