import { MigrationError, migrate as migrateMirror } from '@rollcall/mirror/migrate'
import { listMigrations } from '@rollcall/mirror/migrations'
import { loadConfig } from '@rollcall/shared/config'
import { locateQueue } from '@rollcall/shared/queue/open-queue'
import { migratePostgresQueue } from '@rollcall/shared/queue/postgres-schema'
import { type Command, CommandError } from '../command.ts'
import { InstallationConfig } from '../installation-config.ts'
import { withMirror } from '../with-mirror.ts'

export const migrate: Command = {
  summary: 'Sets up the database, or brings it up to date.',
  usage: '[--json]',
  options: { json: { type: 'boolean' } },
  help: { json: 'print the applied migrations as JSON' },
  words: [0, 0],
  async run(call, { environment, print }) {
    const config = loadConfig(InstallationConfig, environment)
    const applied = await migrateDatabase(config)
    if (call.options.json) print(JSON.stringify({ schema: config.DATABASE_SCHEMA, applied }))
    else if (applied.length === 0) print(`Schema ${config.DATABASE_SCHEMA} is up to date.`)
    else for (const id of applied) print(`applied ${id}`)
    return 0
  },
}

/** The queue's tables where it lives in Postgres, then the mirror's. Answers the mirror's migrations that it applied. */
export function migrateDatabase(config: InstallationConfig): Promise<readonly string[]> {
  const location = locateQueue(config)
  return withMirror(config, async (mirror) => {
    if (location.backend === 'postgres') await migratePostgresQueue(location)
    try {
      return await migrateMirror(mirror, await listMigrations())
    } catch (error) {
      if (error instanceof MigrationError) throw new CommandError(error.message, { cause: error })
      throw error
    }
  })
}
