import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { removeEmbeddedPostgres, startEmbeddedPostgres } from '@rollcall/embedded/postgres'
import { postgresAnswers } from '@rollcall/embedded/postgres-answers'
import { startContainerServer } from './container-server.ts'
import { POSTGRES_IMAGE } from './containers.ts'
import type { ServiceKind } from './environment.ts'
import type { OwnServer } from './own-server.ts'
import { processServer } from './process-server.ts'
import { testPort } from './test-port.ts'
import { POSTGRES_PREFIX, type TestRun } from './test-run.ts'
import { uniqueName } from './unique-name.ts'

export type PostgresSettings = Readonly<Record<string, string>>

/** A new, empty Postgres, of whatever the run's servers are made. */
export const startPostgresServer = (run: TestRun, settings: PostgresSettings): Promise<OwnServer> =>
  start[run.kind](run, settings)

const start: Record<ServiceKind, typeof startPostgresServer> = {
  async containers(run, settings) {
    const password = randomBytes(12).toString('hex')
    return startContainerServer({
      run,
      image: POSTGRES_IMAGE,
      command: ['postgres', ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
      environment: { POSTGRES_PASSWORD: password, POSTGRES_INITDB_ARGS: '--no-sync' },
      port: 5432,
      url: (address) => `postgres://postgres:${password}@${address}/postgres`,
      answers: postgresAnswers,
    })
  },
  async embedded(run, settings) {
    const directory = join(run.directory, uniqueName(POSTGRES_PREFIX))
    const server = await startEmbeddedPostgres({ directory, port: await testPort(), settings })
    return processServer(server, () => removeEmbeddedPostgres(directory))
  },
}
