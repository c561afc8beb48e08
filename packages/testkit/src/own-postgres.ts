import { inject } from 'vitest'
import type { OwnServer } from './own-server.ts'
import { type PostgresSettings, startPostgresServer } from './postgres-server.ts'
import type {} from './provided.ts'

/** A Postgres for one test alone. It writes to disk as in production, unless the settings say otherwise. */
export const startOwnPostgres = (settings: PostgresSettings = {}): Promise<OwnServer> =>
  startPostgresServer(inject('testRun'), settings)
