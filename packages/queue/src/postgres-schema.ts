import { PipelineError } from '@rollcall/shared/errors'
import { connectionTo } from '@rollcall/shared/postgres-connection'
import {
  assertSchemaCompatibility,
  runMigrations,
  SchemaMigrationRequiredError,
  SchemaVersionMismatchError,
} from 'bullmq'
import { Client } from 'pg'
import { type PostgresLocation, queueSchema } from './postgres-queue.ts'

/** Within what people and probes wait for. */
const CONNECT_TIMEOUT_MS = 5_000

/** Sets up, or brings up to date, BullMQ's own tables: one transaction, behind BullMQ's own advisory lock. */
export async function migratePostgresQueue(location: PostgresLocation): Promise<void> {
  await withClient(location, (client) => runMigrations(client, queueSchema(location.schema)))
}

/** Throws `schema_mismatch` unless BullMQ's tables are there and fit the version in use. */
export async function requirePostgresQueue(location: PostgresLocation): Promise<void> {
  const schema = queueSchema(location.schema)
  try {
    await withClient(location, (client) => assertSchemaCompatibility(client, schema))
  } catch (error) {
    if (error instanceof SchemaMigrationRequiredError) {
      const message = `the queue's schema ${schema} has not been set up. Run \`rollcall migrate\`.`
      throw new PipelineError('schema_mismatch', message, { cause: error })
    }
    if (error instanceof SchemaVersionMismatchError) {
      const message = `the queue's schema ${schema} was migrated by a newer Rollcall. Run that version.`
      throw new PipelineError('schema_mismatch', message, { cause: error })
    }
    throw error
  }
}

async function withClient<Result>(
  location: PostgresLocation,
  work: (client: Client) => Promise<Result>,
): Promise<Result> {
  const client = new Client(connectionTo(location.databaseUrl, CONNECT_TIMEOUT_MS))
  // A connection that breaks fails the query under way; without a listener it would end the process as well.
  client.on('error', () => undefined)
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}
