import { type Mirror, openMirror } from '@rollcall/mirror/database'
import { migrate } from '@rollcall/mirror/migrate'
import { listMigrations } from '@rollcall/mirror/migrations'
import type { Catalog } from '@rollcall/resources/catalog'
import { sql } from 'kysely'
import { everything } from './catalog.ts'
import { createDatabase } from './postgres.ts'

export interface TestMirror extends Mirror, AsyncDisposable {
  readonly catalog: Catalog
  readonly databaseUrl: string
  /** Empties every table but the record of migrations. */
  clear(): Promise<void>
}

/** A migrated mirror in a database of its own, of every resource unless a catalog says otherwise. */
export async function createTestMirror(options: { poolSize?: number; catalog?: Catalog } = {}): Promise<TestMirror> {
  const { catalog = everything() } = options
  const database = await createDatabase()
  const mirror = openMirror({
    databaseUrl: database.url,
    schema: 'clerk',
    poolSize: options.poolSize ?? 10,
    onError: (error) => {
      throw error
    },
  })
  await migrate(mirror, await listMigrations(catalog))
  return {
    ...mirror,
    catalog,
    databaseUrl: database.url,
    async clear() {
      const tables = [
        'webhook_events',
        'backfills',
        'reconcile_runs',
        'audit_log',
        ...catalog.mirrored.map((resource) => resource.table),
      ]
      await sql`truncate ${sql.join(tables.map((table) => sql.id('clerk', table)))}`.execute(mirror.db)
    },
    async [Symbol.asyncDispose]() {
      await mirror.close()
      await database[Symbol.asyncDispose]()
    },
  }
}
