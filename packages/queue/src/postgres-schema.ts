import { PipelineError } from '@rollcall/shared/errors'
import { connectionTo } from '@rollcall/shared/postgres-connection'
import {
  assertSchemaCompatibility,
  runMigrations,
  SchemaMigrationRequiredError,
  SchemaVersionMismatchError,
} from 'bullmq'
import { Client, type ClientConfig } from 'pg'
import { QUEUE } from './names.ts'
import { type PostgresLocation, queueSchema } from './postgres-queue.ts'

/** Within what people and probes wait for. */
const CONNECT_TIMEOUT_MS = 5_000

/** What is asked once connected reads a row or two; it waits for nobody's lock for longer, nor for a network that swallows. */
const ANSWER_MS = 5_000

/** Sets up, or brings up to date, BullMQ's own tables: one transaction, behind BullMQ's own advisory lock. */
export async function migratePostgresQueue(location: PostgresLocation): Promise<void> {
  const schema = queueSchema(location.schema)
  await withClient(location, async (client) => {
    const { rows } = await client.query<{ present: boolean }>('select to_regnamespace($1) is not null as present', [
      `"${schema}"`,
    ])
    await requireSession(location)
    await runMigrations(rows[0]!.present ? inPresentSchema(client) : client, schema)
    await createSequence(client, schema)
  })
}

/** BullMQ makes it with a queue's first job where it is missing, for which whoever adds that job would need the right [I45]. */
async function createSequence(client: Client, schema: string): Promise<void> {
  const { rows } = await client.query<{ name: string }>(`select quote_ident("${schema}".job_id_seq_name($1)) as name`, [
    QUEUE,
  ])
  await client.query(`create sequence if not exists "${schema}".${rows[0]!.name}`)
}

/**
 * BullMQ begins with `create schema if not exists`, for which Postgres wants the right to create schemas even where there is
 * nothing to create: who only owns the schema would be refused [I45].
 */
function inPresentSchema(client: Client): Pick<Client, 'query'> {
  const query = (text: string, values?: unknown[]) =>
    client.query(text.startsWith('CREATE SCHEMA IF NOT EXISTS ') ? 'select' : text, values)
  return { query } as Pick<Client, 'query'>
}

/** Throws `schema_mismatch` unless BullMQ's tables are there and fit the version in use. */
export async function requirePostgresQueue(location: PostgresLocation): Promise<void> {
  const schema = queueSchema(location.schema)
  try {
    await withClient(location, (client) => assertSchemaCompatibility(client, schema), { query_timeout: ANSWER_MS })
    await requireSession(location)
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

/**
 * Throws `session_needed` where the connection is not a session of Postgres's that keeps what it was begun with: BullMQ sets
 * `search_path` as it connects, and listens. A pooler refuses that, or drops it and fails at the first job [I46].
 */
async function requireSession(location: PostgresLocation): Promise<void> {
  const schema = `"${queueSchema(location.schema)}"`
  const options = `-c search_path=${schema}`
  const keeps = async (client: Client) => {
    const { rows } = await client.query<{ path: string }>("select current_setting('search_path') as path")
    return rows[0]!.path.replaceAll('"', '') === queueSchema(location.schema)
  }
  const isKept = await withClient(location, keeps, { query_timeout: ANSWER_MS, options }).catch(
    (error: { code?: unknown }) => {
      // Postgres itself takes any startup that has come this far.
      if (error.code === PROTOCOL_VIOLATION) return false
      throw error
    },
  )
  if (isKept) return
  throw new PipelineError(
    'session_needed',
    'The queue in Postgres needs a session of its own, and DATABASE_URL leads to a pooler such as PgBouncer. Set REDIS_URL, or let DATABASE_URL lead to Postgres itself.',
  )
}

/** With which PgBouncer answers a parameter that it does not know. */
const PROTOCOL_VIOLATION = '08P01'

async function withClient<Result>(
  location: PostgresLocation,
  work: (client: Client) => Promise<Result>,
  config: ClientConfig = {},
): Promise<Result> {
  const client = new Client({ ...connectionTo(location.databaseUrl, CONNECT_TIMEOUT_MS), ...config })
  // A connection that breaks fails the query under way; without a listener it would end the process as well.
  client.on('error', () => undefined)
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}
