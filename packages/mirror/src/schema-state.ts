import { PipelineError } from '@rollcall/shared/errors'
import type { Kysely } from 'kysely'
import type { Mirror } from './database.ts'
import type { Migration } from './migrations.ts'
import { fromPostgres } from './postgres-errors.ts'
import type { MirrorTables } from './tables.ts'

/** The migrations that a database holds, by id. Empty where nothing was ever migrated. */
export async function appliedMigrations(db: Kysely<MirrorTables>): Promise<ReadonlyMap<string, string>> {
  const rows = await db.selectFrom('migrations').select(['id', 'checksum']).execute()
  return new Map(rows.map((row) => [row.id, row.checksum]))
}

/**
 * Throws unless the database has every migration that this version knows. One that it does not know is no error: a
 * newer version has migrated already, and a schema only ever grows [M4].
 */
export async function requireSchema(mirror: Mirror, known: readonly Migration[]): Promise<void> {
  const applied = await appliedMigrations(mirror.db).catch((error) => {
    throw explain(fromPostgres(error), mirror.schema)
  })
  const pending = known.filter(({ id }) => !applied.has(id))
  if (pending.length > 0) {
    throw new PipelineError(
      'schema_mismatch',
      `schema ${mirror.schema} lacks ${pending.map(({ id }) => id).join(', ')}. Run \`rollcall migrate\`.`,
    )
  }
}

const explain = (error: PipelineError, schema: string): PipelineError =>
  error.code === 'schema_mismatch'
    ? new PipelineError('schema_mismatch', `schema ${schema} has not been set up. Run \`rollcall migrate\`.`, {
        cause: error,
      })
    : error
