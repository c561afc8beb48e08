import { type Mirror, openMirror } from '@rollcall/mirror/database'
import { migrate } from '@rollcall/mirror/migrate'
import { listMigrations } from '@rollcall/mirror/migrations'
import { resources } from '@rollcall/resources/registry'
import { sql } from 'kysely'
import { createDatabase } from './postgres.ts'

export interface TestMirror extends Mirror, AsyncDisposable {
  readonly databaseUrl: string
  /** Empties every table but the record of migrations. */
  clear(): Promise<void>
}

/** A migrated mirror in a database of its own. */
export async function createTestMirror(options: { poolSize?: number } = {}): Promise<TestMirror> {
  const database = await createDatabase()
  const mirror = openMirror({
    databaseUrl: database.url,
    schema: 'clerk',
    poolSize: options.poolSize ?? 10,
    onError: (error) => {
      throw error
    },
  })
  await migrate(mirror, await listMigrations())
  return {
    ...mirror,
    databaseUrl: database.url,
    async clear() {
      const tables = ['webhook_events', ...resources.map((resource) => resource.table)]
      await sql`truncate ${sql.join(tables.map((table) => sql.id('clerk', table)))}`.execute(mirror.db)
    },
    async [Symbol.asyncDispose]() {
      await mirror.close()
      await database[Symbol.asyncDispose]()
    },
  }
}
