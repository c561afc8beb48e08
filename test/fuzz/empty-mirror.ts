import { type Mirror, openMirror } from '@rollcall/mirror/database'
import { migrate } from '@rollcall/mirror/migrate'
import { listMigrations } from '@rollcall/mirror/migrations'
import type { Catalog } from '@rollcall/resources/catalog'
import { Pool } from 'pg'

/** A mirror in a new database of a server that is this run's own. */
export async function openEmptyMirror(
  serverUrl: string,
  catalog: Catalog,
  opened: AsyncDisposableStack,
): Promise<Mirror> {
  const database = 'fuzz_apply'
  const server = new Pool({ connectionString: serverUrl, max: 1 })
  await server.query(`create database ${database}`)
  await server.end()
  const databaseUrl = Object.assign(new URL(serverUrl), { pathname: `/${database}` }).href
  const onError = (error: Error): never => {
    throw error
  }
  const mirror = opened.adopt(openMirror({ databaseUrl, schema: 'clerk', poolSize: 4, onError }), (each) =>
    each.close(),
  )
  await migrate(mirror, await listMigrations(catalog))
  return mirror
}
