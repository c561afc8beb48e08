import type { TestProject } from 'vitest/node'
import { POSTGRES_IMAGE, REDIS_IMAGE, whyNoContainers } from './containers.ts'
import { readTestEnvironment, type ServiceKind, type TestEnvironment } from './environment.ts'
import { ensureRedisServer } from './install-redis.ts'
import { startPostgresServer } from './postgres-server.ts'
import type {} from './provided.ts'
import { startRedisServer } from './redis-server.ts'
import { startSweeper } from './start-sweeper.ts'
import { beginTestRun } from './test-run.ts'

/** Made for speed: no test of the shared Postgres is about a power cut, and many connect to it at once. */
const SHARED_POSTGRES = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', max_connections: '300' }

/** Starts what all tests share, once for the whole run. Returns its teardown. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const environment = readTestEnvironment(process.env)
  const { kind, because } = await chooseKind(environment.services)
  if (kind === 'embedded' && !environment.redisUrl) await ensureRedisServer()

  await using opened = new AsyncDisposableStack()
  const run = await beginTestRun(kind)
  opened.defer(startSweeper(run))

  const starting = [
    environment.databaseUrl ?? startPostgresServer(run, SHARED_POSTGRES).then((server) => server.url),
    environment.redisUrl ?? startRedisServer(run, {}).then((server) => server.url),
  ] as const
  await Promise.allSettled(starting) // if one fails, the other must not be still starting when all is closed
  const [databaseUrl, redisUrl] = await Promise.all(starting)

  project.provide('databaseUrl', databaseUrl)
  project.provide('redisUrl', redisUrl)
  project.provide('testRun', run)
  process.stdout.write(`${describe(environment, kind)} (${because}).\n`)

  const everything = opened.move()
  return () => everything.disposeAsync()
}

async function chooseKind(asked: ServiceKind | undefined): Promise<{ kind: ServiceKind; because: string }> {
  if (asked === 'embedded') return { kind: 'embedded', because: 'TEST_SERVICES=embedded' }
  const problem = await whyNoContainers()
  if (asked && problem) throw new Error(`TEST_SERVICES=${asked}, but ${problem}.`)
  return problem ? { kind: 'embedded', because: problem } : { kind: 'containers', because: 'a Docker engine answers' }
}

function describe(environment: TestEnvironment, kind: ServiceKind): string {
  const own = { containers: [POSTGRES_IMAGE, REDIS_IMAGE], embedded: ['embedded Postgres', 'a redis-server'] }[kind]
  const database = environment.databaseUrl ? 'the Postgres of TEST_DATABASE_URL' : own[0]
  const redis = environment.redisUrl ? 'the Redis of TEST_REDIS_URL' : own[1]
  return `Services: ${database} and ${redis}; those that single tests start are ${kind}`
}
