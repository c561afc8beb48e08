import { Kysely, PostgresDialect } from 'kysely'
import { Pool } from 'pg'
import type { MirrorTables } from './tables.ts'

/** The mirror: a connection pool, and the schema that it lives in. */
export interface Mirror {
  readonly db: Kysely<MirrorTables>
  readonly schema: string
  close(): Promise<void>
}

/** A host that swallows packets is given up after this long, so that an outage shows as one. */
const CONNECT_TIMEOUT_MS = 5_000

/** A connection that nothing comes from is probed after this long, not after the two hours that are Linux's default. */
const KEEP_ALIVE_MS = 10_000

/** Opens the pool. Never connects by itself, and never fails because Postgres is away: that is told by the queries. */
export function openMirror(options: {
  databaseUrl: string
  schema: string
  poolSize: number
  onError: (error: Error) => void
}): Mirror {
  const pool = new Pool({
    connectionString: options.databaseUrl,
    max: options.poolSize,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
  })
  // A connection that breaks while nobody waits for an answer is told here: idle ones by the pool, those in use by
  // themselves. Without both listeners it would end the process [O4].
  pool.on('error', options.onError)
  pool.on('connect', (client) => client.on('error', options.onError))
  const db = new Kysely<MirrorTables>({ dialect: new PostgresDialect({ pool }) }).withSchema(options.schema)
  return { db, schema: options.schema, close: () => db.destroy() }
}
