import type { TestProject } from 'vitest/node'
import { POSTGRES_IMAGE, REDIS_IMAGE, whyNoContainers } from './containers.ts'
import { readTestEnvironment, type ServiceKind, type TestEnvironment } from './environment.ts'
import { ensureRedisServer } from './install-redis.ts'
import type {} from './provided.ts'
import { startSharedServices } from './shared-services.ts'
import { startSweeper } from './start-sweeper.ts'
import { beginTestRun } from './test-run.ts'

/** Starts what all tests share, once for the whole run. Returns its teardown. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const environment = readTestEnvironment(process.env)
  const { kind, because } = await chooseKind(environment)
  if (kind === 'embedded' && !environment.redisUrl) await ensureRedisServer()

  await using opened = new AsyncDisposableStack()
  const run = await beginTestRun(kind)
  opened.defer(startSweeper(run))

  const shared = opened.use(await startSharedServices(run, environment))
  project.provide('databaseUrl', shared.databaseUrl)
  project.provide('redisUrl', shared.redisUrl)
  project.provide('pooler', shared.pooler)
  project.provide('testRun', run)
  process.stdout.write(`${describe(environment, kind)} (${because}).\n`)

  const everything = opened.move()
  return () => everything.disposeAsync()
}

async function chooseKind({
  services: asked,
  secured,
}: TestEnvironment): Promise<{ kind: ServiceKind; because: string }> {
  if (asked === 'embedded') return { kind: asked, because: `TEST_SERVICES=${secured ? 'secured' : asked}` }
  const problem = await whyNoContainers()
  if (asked && problem) throw new Error(`TEST_SERVICES=${asked}, but ${problem}.`)
  return problem ? { kind: 'embedded', because: problem } : { kind: 'containers', because: 'a Docker engine answers' }
}

function describe(environment: TestEnvironment, kind: ServiceKind): string {
  if (environment.secured) {
    return 'Services: embedded Postgres behind PgBouncer in transaction mode, and a redis-server, all over TLS; those that single tests start are embedded'
  }
  const own = { containers: [POSTGRES_IMAGE, REDIS_IMAGE], embedded: ['embedded Postgres', 'a redis-server'] }[kind]
  const database = environment.databaseUrl ? 'the Postgres of TEST_DATABASE_URL' : own[0]
  const redis = environment.redisUrl ? 'the Redis of TEST_REDIS_URL' : own[1]
  return `Services: ${database} and ${redis}; those that single tests start are ${kind}`
}
