import { connectionTo, surviveBrokenConnections } from '@rollcall/shared/postgres-connection'
import { Kysely, PostgresDialect } from 'kysely'
import { Pool } from 'pg'
import type { MirrorTables } from './tables.ts'

/** The mirror: a connection pool, and the schema that it lives in. */
export interface Mirror {
  readonly db: Kysely<MirrorTables>
  readonly schema: string
  close(): Promise<void>
}

/** What a pool's connections do at the moment. `waiting`: asked for, and none free. */
export interface PoolUse {
  readonly idle: number
  readonly used: number
  readonly waiting: number
}

/** A mirror with a pool of its own. */
export interface OpenMirror extends Mirror {
  poolUse(): PoolUse
}

/** Within what people and probes wait for. */
const CONNECT_TIMEOUT_MS = 5_000

/** Opens the pool. Never connects by itself, and never fails because Postgres is away: that is told by the queries. */
export function openMirror(options: {
  databaseUrl: string
  schema: string
  poolSize: number
  onError: (error: Error) => void
}): OpenMirror {
  const pool = new Pool({ ...connectionTo(options.databaseUrl, CONNECT_TIMEOUT_MS), max: options.poolSize })
  pool.on('error', options.onError)
  surviveBrokenConnections(pool, options.onError)
  const db = new Kysely<MirrorTables>({ dialect: new PostgresDialect({ pool }) }).withSchema(options.schema)
  return {
    db,
    schema: options.schema,
    poolUse: () => ({ idle: pool.idleCount, used: pool.totalCount - pool.idleCount, waiting: pool.waitingCount }),
    close: () => db.destroy(),
  }
}
