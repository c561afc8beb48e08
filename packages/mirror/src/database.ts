import { connectionTo, surviveBrokenConnections } from '@rollcall/shared/postgres-connection'
import { endSilentConnections } from '@rollcall/shared/postgres-silence'
import { Kysely, PostgresDialect } from 'kysely'
import { Pool } from 'pg'
import { LimitedDialect } from './limited-dialect.ts'
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

/**
 * Opens the pool. Never connects by itself, and never fails because Postgres is away: that is told by the queries.
 *
 * `silenceMs`: after how long each side gives up the other that says nothing, where a person does not wait and see [O35]:
 * we Postgres with a statement, and Postgres us in the middle of a transaction.
 */
export function openMirror(options: {
  databaseUrl: string
  schema: string
  poolSize: number
  onError: (error: Error) => void
  silenceMs?: number
}): OpenMirror {
  const pool = new Pool({ ...connectionTo(options.databaseUrl, CONNECT_TIMEOUT_MS), max: options.poolSize })
  pool.on('error', options.onError)
  surviveBrokenConnections(pool, options.onError)
  if (options.silenceMs !== undefined) endSilentConnections(pool, options.silenceMs)
  const dialect =
    options.silenceMs === undefined ? new PostgresDialect({ pool }) : new LimitedDialect({ pool }, options.silenceMs)
  const db = new Kysely<MirrorTables>({ dialect }).withSchema(options.schema)
  return {
    db,
    schema: options.schema,
    poolUse: () => ({ idle: pool.idleCount, used: pool.totalCount - pool.idleCount, waiting: pool.waitingCount }),
    close: () => db.destroy(),
  }
}
