import { type Kysely, sql } from 'kysely'
import type { MirrorTables } from './tables.ts'

/** The server's version, as `18.1`; told to everybody who can connect, whatever the schema is like. */
export async function serverVersion(db: Kysely<MirrorTables>): Promise<string> {
  const { rows } = await sql<{ version: string }>`select current_setting('server_version') as version`.execute(db)
  // Distributions add their own after it: `18.1 (Debian 18.1-1.pgdg13+2)`.
  return rows[0]!.version.split(' ', 1)[0]!
}
