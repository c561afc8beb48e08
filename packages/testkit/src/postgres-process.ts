import { join } from 'node:path'
import { removeEmbeddedPostgres, startEmbeddedPostgres } from '@rollcall/embedded/postgres'
import { inject } from 'vitest'
import type { OwnServer } from './own-server.ts'
import type { PostgresSettings } from './postgres-server.ts'
import { processServer } from './process-server.ts'
import type {} from './provided.ts'
import { testPort } from './test-port.ts'
import { POSTGRES_PREFIX } from './test-run.ts'
import { uniqueName } from './unique-name.ts'

/** A new, empty Postgres that is a process of this machine and reads its files, whatever the run's other servers are made of. */
export async function startPostgresProcess(settings: PostgresSettings = {}): Promise<OwnServer> {
  const directory = join(inject('testRun').directory, uniqueName(POSTGRES_PREFIX))
  const server = await startEmbeddedPostgres({
    directory,
    port: await testPort(),
    settings: { fsync: 'off', ...settings },
  })
  return processServer(server, () => removeEmbeddedPostgres(directory))
}
