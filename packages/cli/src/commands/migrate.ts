import { loadSettings } from '@rollcall/config/load-settings'
import { MigrationError, migrate as migrateMirror } from '@rollcall/mirror/migrate'
import { listMigrations } from '@rollcall/mirror/migrations'
import { purgeOmitted } from '@rollcall/mirror/purge-omitted'
import { locateQueue } from '@rollcall/queue/open-queue'
import { migratePostgresQueue } from '@rollcall/queue/postgres-schema'
import type { Catalog } from '@rollcall/resources/catalog'
import { loadConfig } from '@rollcall/shared/config'
import { type Command, CommandError, SAID } from '../command.ts'
import { InstallationConfig } from '../installation-config.ts'
import { withMirror } from '../with-mirror.ts'

export const migrate: Command = {
  summary: 'Sets up the database, or brings it up to date.',
  usage: '[--json]',
  options: { json: { type: 'boolean' } },
  help: { json: 'print what was done as JSON' },
  examples: [{ call: 'migrate', shows: 'before the worker of a new version starts' }],
  words: [0, 0],
  async run(call, { environment, folder, print }) {
    const config = loadConfig(InstallationConfig, environment)
    const { catalog } = await loadSettings(config.ROLLCALL_CONFIG, folder)
    const { applied, purged } = await migrateDatabase(config, catalog)
    if (call.options.json) print(JSON.stringify({ schema: config.DATABASE_SCHEMA, applied, purged }))
    else {
      for (const id of applied) print(`applied ${id}`)
      for (const { table, rows } of purged) print(`removed what is left out from ${rows} rows of ${table}`)
      if (applied.length === 0 && purged.length === 0) print(`Schema ${config.DATABASE_SCHEMA} is up to date.`)
    }
    return 0
  },
}

/** What a migration did: the ids of what it applied, and the tables from which it removed what is left out now. */
export interface Migrated {
  readonly applied: readonly string[]
  readonly purged: readonly { readonly table: string; readonly rows: number }[]
}

/** The queue's tables where it lives in Postgres, then the mirror's, as the catalog wants them. */
export function migrateDatabase(config: InstallationConfig, catalog: Catalog): Promise<Migrated> {
  const location = locateQueue(config)
  return withMirror(config, async (mirror) => {
    if (location.backend === 'postgres') await migratePostgresQueue(location)
    try {
      const applied = await migrateMirror(mirror, await listMigrations(catalog))
      return { applied, purged: await purgeOmitted(mirror, catalog) }
    } catch (error) {
      if (error instanceof MigrationError) throw new CommandError(error.message, SAID, { cause: error })
      throw error
    }
  })
}
