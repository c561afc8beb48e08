import type { Mirror } from '@rollcall/mirror/database'
import type { MirrorTables } from '@rollcall/mirror/tables'
import { Kysely, PostgresDialect, type PostgresPool, type PostgresPoolClient } from 'kysely'
import type { Pool, PoolClient } from 'pg'

/** A pool of `pg` that the app has, as far as it is used. */
export type AppPool = Pick<Pool, 'connect'>

/** The mirror by way of a pool that the app opened, and that stays the app's: closing ends nothing of it [N8]. */
export function borrowMirror(pool: AppPool, schema: string): Mirror {
  const borrowed: PostgresPool = {
    connect: async () => lend(await pool.connect()),
    end: async () => {},
    options: {},
  }
  const db = new Kysely<MirrorTables>({ dialect: new PostgresDialect({ pool: borrowed }) }).withSchema(schema)
  return { db, schema, close: () => db.destroy() }
}

/**
 * A connection that breaks while it is in use and nobody waits for an answer would end the app's process, if nobody
 * listened [O4]. It is listened to for as long as it is in use here, and no longer: the app may want to do otherwise.
 */
function lend(client: PoolClient): PostgresPoolClient {
  client.on('error', toldByTheNextQuery)
  return {
    query: client.query.bind(client) as PostgresPoolClient['query'],
    release(destroy) {
      client.off('error', toldByTheNextQuery)
      client.release(destroy)
    },
  }
}

const toldByTheNextQuery = (): void => {}
