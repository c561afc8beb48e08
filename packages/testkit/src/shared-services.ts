import type { TestEnvironment } from './environment.ts'
import { startPostgresServer } from './postgres-server.ts'
import { startRedisServer } from './redis-server.ts'
import { startSecuredServices } from './secured-services.ts'
import type { TestRun } from './test-run.ts'

/** What all tests of a run share. */
export interface SharedServices extends AsyncDisposable {
  readonly databaseUrl: string
  readonly redisUrl: string
  /** Where `databaseUrl` leads to a pooler. */
  readonly pooler?: Pooler
}

/** What is behind a pooler, and where it tells who is connected. */
export interface Pooler {
  /** Postgres itself, as is convenient. */
  readonly postgresUrl: string
  /** Postgres itself, as `databaseUrl` is: over TLS, if that is. */
  readonly sessionUrl: string
  readonly consoleUrl: string
}

/** Made for speed: no test of the shared Postgres is about a power cut, and many connect to it at once. */
const SHARED_POSTGRES = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', max_connections: '300' }

/** What is there already, or is started. Servers go with the run; what else there is goes by disposing of it. */
export async function startSharedServices(run: TestRun, environment: TestEnvironment): Promise<SharedServices> {
  if (environment.secured) return startSecuredServices(run, SHARED_POSTGRES)
  const starting = [
    environment.databaseUrl ?? startPostgresServer(run, SHARED_POSTGRES).then((server) => server.url),
    environment.redisUrl ?? startRedisServer(run, {}).then((server) => server.url),
  ] as const
  await Promise.allSettled(starting) // if one fails, the other must not be still starting when all is closed
  const [databaseUrl, redisUrl] = await Promise.all(starting)
  return { databaseUrl, redisUrl, [Symbol.asyncDispose]: async () => undefined }
}
