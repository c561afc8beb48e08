import { migrateDatabase } from '@rollcall/cli/commands/migrate'
import { InstallationConfig } from '@rollcall/cli/installation-config'
import { freePort } from '@rollcall/embedded/free-port'
import type { JobQueue } from '@rollcall/queue/job-queue'
import { locateQueue, openQueue } from '@rollcall/queue/open-queue'
import { createRedis } from '@rollcall/queue/redis-client'
import { WEBHOOK_PATH } from '@rollcall/receiver/config'
import { loadConfig } from '@rollcall/shared/config'
import { startBalancer } from '@rollcall/testkit/balancer'
import { startProxy } from '@rollcall/testkit/proxy'
import { applyRoles, TEST_ROLES } from '@rollcall/testkit/roles'
import { settingsOf } from '@rollcall/testkit/settings'
import { newSecret } from '@rollcall/testkit/svix'
import { Pool } from 'pg'
import type { Links } from './network.ts'
import type { Plan } from './plan.ts'
import { type Servers, startServers } from './servers.ts'
import { type Service, startService } from './service.ts'

/** Two of a kind. */
export type Pair<Value> = readonly [Value, Value]

/** A receiver or a worker, and the ways that lead to and from it. */
export interface Player {
  readonly service: Service
  /** From the balancer; of a worker nothing. */
  readonly front: Links
  readonly toRedis: Links
  /** Of a receiver nothing. */
  readonly toPostgres: Links
}

/** Everything that runs, and ways to look at it that no fault cuts. */
export interface Arena {
  readonly servers: Servers
  readonly receivers: Pair<Player>
  readonly workers: Pair<Player>
  /** Where webhooks are sent to, and the secret that they are signed with. */
  readonly endpoint: { readonly url: string; readonly secret: string }
  /** As administrator. */
  readonly database: Pool
  readonly redis: ReturnType<typeof createRedis>
  readonly queue: JobQueue
  /** For commands: the worker's own rights. */
  readonly variables: Readonly<Record<string, string>>
}

const CONFIG = new URL('./rollcall.config.ts', import.meta.url)

/** Short, so that what a dead worker's handler held is not waited for longer than a run may take. */
const HANDLER_TIMEOUT_MS = 2_000

/** Idle connections from the balancer end soon, so that those that are left in the end are leaks. */
const KEEP_ALIVE_MS = 3_000

/** Starts two receivers behind a balancer, two workers, Redis and Postgres, with a network of its own for each of them. */
export async function openArena(
  plan: Plan,
  logDirectory: string | undefined,
  opened: AsyncDisposableStack,
): Promise<Arena> {
  const servers = await startServers(opened)
  const secret = newSecret()
  const urls = await applyRoles(servers.postgres.url)
  const variables = { DATABASE_URL: urls.worker, REDIS_URL: servers.redis.url }
  const installation = loadConfig(InstallationConfig, { ...variables, DATABASE_URL: urls.migrator })
  await migrateDatabase(installation, settingsOf().catalog)

  const database = new Pool({ connectionString: servers.postgres.url, max: 3 })
  database.on('error', () => {}) // whoever asks while Postgres is away is told
  opened.defer(() => database.end())
  await database.query('create table public.effects (message_id text not null, type text not null)')
  await database.query(`grant select, insert on public.effects to ${TEST_ROLES.worker}`)
  const redis = createRedis([servers.redis.url], () => {})
  opened.defer(() => redis.disconnect())
  const queue = openQueue(locateQueue(loadConfig(InstallationConfig, variables)), () => {})
  opened.defer(() => queue.close())

  const link = async (url: string) => opened.use(await startProxy(url))
  const balancer = opened.use(await startBalancer())
  const directory = logDirectory ?? servers.directory

  async function openReceiver(name: string): Promise<Player> {
    const [port, opsPort] = [await freePort(), await freePort()]
    const toRedis = await link(servers.redis.url)
    const service = opened.use(
      await startService({
        name,
        package: 'receiver',
        opsPort,
        logDirectory: directory,
        variables: {
          CLERK_WEBHOOK_SIGNING_SECRET: secret,
          REDIS_URL: toRedis.url,
          PORT: String(port),
          KEEP_ALIVE_TIMEOUT_MS: String(KEEP_ALIVE_MS),
        },
      }),
    )
    const front = [await link(`http://127.0.0.1:${port}`), await link(`http://127.0.0.1:${opsPort}/readyz`)] as const
    balancer.add({ url: front[0].url, readyUrl: front[1].url })
    return { service, front, toRedis: [toRedis], toPostgres: [] }
  }

  async function openWorker(name: string): Promise<Player> {
    const opsPort = await freePort()
    const [toRedis, toPostgres] = [await link(servers.redis.url), await link(urls.worker)]
    const service = opened.use(
      await startService({
        name,
        package: 'worker',
        opsPort,
        logDirectory: directory,
        variables: {
          REDIS_URL: toRedis.url,
          // By its name Postgres tells whose connection it is.
          DATABASE_URL: `${toPostgres.url}?application_name=${name}`,
          JOB_LOCK_MS: String(plan.jobLockMs),
          HANDLER_TIMEOUT_MS: String(HANDLER_TIMEOUT_MS),
          ROLLCALL_CONFIG: CONFIG.pathname,
        },
      }),
    )
    return { service, front: [], toRedis: [toRedis], toPostgres: [toPostgres] }
  }

  const arena: Arena = {
    servers,
    receivers: [await openReceiver('receiver-1'), await openReceiver('receiver-2')],
    workers: [await openWorker('worker-1'), await openWorker('worker-2')],
    endpoint: { url: `${balancer.url}${WEBHOOK_PATH}`, secret },
    database,
    redis,
    queue,
    variables,
  }
  await Promise.all(playersOf(arena).map(({ service }) => service.untilReady()))
  return arena
}

export const playersOf = ({ receivers, workers }: Arena): readonly Player[] => [...receivers, ...workers]
