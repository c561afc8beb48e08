import { migrateDatabase } from '@rollcall/cli/commands/migrate'
import { InstallationConfig } from '@rollcall/cli/installation-config'
import type { JobQueue } from '@rollcall/queue/job-queue'
import { locateQueue, openQueue } from '@rollcall/queue/open-queue'
import { createRedis } from '@rollcall/queue/redis-client'
import { loadConfig } from '@rollcall/shared/config'
import { newSecret } from '@rollcall/testkit/svix'
import { until } from '@rollcall/testkit/wait'
import { configureWorker } from '@rollcall/worker/config'
import { Pool } from 'pg'
import type { Plan } from './plan.ts'
import { type NodeProcess, startNode, type Variables } from './rig/node-process.ts'
import { type Servers, startServers } from './rig/servers.ts'

/** What sections share: servers, and ways to look at them and to empty them. */
export interface Bench {
  readonly plan: Plan
  readonly servers: Servers
  readonly secret: string
  /** What our processes are configured with: nothing but addresses and the secret, so that what is measured are the defaults. */
  readonly variables: Variables
  readonly database: Pool
  readonly redis: ReturnType<typeof createRedis>
  readonly queue: JobQueue
  say(text: string): void
  /** Empties Redis, and all of our tables. */
  clear(): Promise<void>
}

/** Servers with our schema, and what our processes are told of them. */
export async function startMigrated(opened: AsyncDisposableStack) {
  const servers = await startServers(opened)
  const secret = newSecret()
  const variables = {
    PORT: '0',
    OPS_PORT: '0',
    CLERK_WEBHOOK_SIGNING_SECRET: secret,
    DATABASE_URL: servers.postgres.url,
    REDIS_URL: servers.redis.url,
  }
  await migrate(variables)
  return { servers, secret, variables }
}

/** Starts the servers and sets up our schema. */
export async function openBench(plan: Plan, opened: AsyncDisposableStack): Promise<Bench> {
  const { servers, secret, variables } = await startMigrated(opened)
  const redis = opened.adopt(createRedis([servers.redis.url], rethrow), (client) => client.disconnect())
  const queue = opened.adopt(openBenchQueue(variables), (each) => each.close())
  const database = new Pool({ connectionString: servers.postgres.url, max: 4 })
  database.on('error', () => {}) // a section stops Postgres; whoever asks it meanwhile is told
  opened.defer(() => database.end())

  return {
    plan,
    servers,
    secret,
    variables,
    database,
    redis,
    queue,
    say: (text) => process.stderr.write(`${text}\n`),
    async clear() {
      await redis.flushall()
      await database.query('truncate clerk.webhook_events, clerk.users')
    },
  }
}

/** Our schema, as `rollcall migrate` makes it. */
export async function migrate(variables: Variables): Promise<void> {
  const { settings } = await configureWorker(variables, import.meta.dirname)
  await migrateDatabase(loadConfig(InstallationConfig, variables), settings.catalog)
}

export const openBenchQueue = (variables: Variables): JobQueue =>
  openQueue(locateQueue(loadConfig(InstallationConfig, variables)), rethrow)

const ours = (name: string) => new URL(`../packages/${name}/src/main.ts`, import.meta.url)

export const startReceiver = ({ servers, variables }: Bench, over: Variables = {}): Promise<NodeProcess> =>
  startNode(ours('receiver'), { ...variables, ...over }, { directory: servers.directory, ready: 'receiver.started' })

/** Ready to consume: Postgres has been found fit. */
export async function startWorker({ servers, variables }: Bench, over: Variables = {}): Promise<NodeProcess> {
  const options = { directory: servers.directory, ready: 'worker.started' }
  const worker = await startNode(ours('worker'), { ...variables, ...over }, options)
  const isReady = async () => (await fetch(`http://127.0.0.1:${worker.started.opsPort}/readyz`)).ok
  await until(isReady, { timeoutMs: 30_000, what: `the worker is ready; see ${worker.logFile}` })
  return worker
}

/** What our processes are compared with; each says `baseline.started`. */
export const startBaseline = ({ servers, secret }: Bench, name: string, over: Variables = {}): Promise<NodeProcess> =>
  startNode(
    new URL(`./baselines/${name}.ts`, import.meta.url),
    {
      CLERK_WEBHOOK_SIGNING_SECRET: secret,
      DATABASE_URL: servers.postgres.url,
      REDIS_URL: servers.redis.url,
      ...over,
    },
    { directory: servers.directory, ready: 'baseline.started' },
  )

function rethrow(error: Error): never {
  throw error
}
