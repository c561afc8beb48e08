import { chmod, mkdtemp, readdir, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { removeEmbeddedPostgres } from '@rollcall/embedded/postgres'
import { removeEmbeddedRedis } from '@rollcall/embedded/redis'
import type { ServiceKind } from './environment.ts'

/** One run of the tests, as its global setup hands it to every test. */
export interface TestRun {
  /** What servers are made of. */
  readonly kind: ServiceKind
  /** Holds whatever servers of this run keep on disk; its name also marks the run's containers. */
  readonly directory: string
}

export async function beginTestRun(kind: ServiceKind): Promise<TestRun> {
  const directory = await realpath(await mkdtemp(join(tmpdir(), 'rollcall-test-')))
  await chmod(directory, 0o755) // run by root, Postgres is another user and has to get in
  return { kind, directory }
}

/** Each server has a directory of its own in the run's, named after what it is. */
export const POSTGRES_PREFIX = 'postgres'
export const REDIS_PREFIX = 'redis'

/** Ends and removes what tests of this run left behind, such as one that was killed for taking too long. */
export async function endTestRun(run: TestRun): Promise<void> {
  for (const name of await readdir(run.directory)) {
    const remove = name.startsWith(POSTGRES_PREFIX) ? removeEmbeddedPostgres : removeEmbeddedRedis
    await remove(join(run.directory, name))
  }
  await rm(run.directory, { recursive: true })
}
