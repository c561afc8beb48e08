import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { migrateDatabase } from '@rollcall/cli/commands/migrate'
import { InstallationConfig } from '@rollcall/cli/installation-config'
import { startServices } from '@rollcall/cli/start/services'
import { formatTable } from '@rollcall/cli/table'
import { locateQueue, openQueue } from '@rollcall/queue/open-queue'
import { createRedis } from '@rollcall/queue/redis-client'
import { WEBHOOK_PATH } from '@rollcall/receiver/config'
import { loadConfig } from '@rollcall/shared/config'
import { newSecret } from '@rollcall/testkit/svix'
import { until } from '@rollcall/testkit/wait'
import { configureWorker } from '@rollcall/worker/config'
import { Client } from 'pg'
import { deliverAll } from '../test/deliver-all.ts'
import { startProcess } from '../test/process.ts'
import { familySeconds, parentOf } from './rig/processor-time.ts'

/**
 * What an event costs: processor time in each process, which other work on the machine changes little, memory in Redis while
 * it waits, and room in Postgres afterwards. docs/scaling.md calculates with it.
 *   node bench/sizing.ts --events 20000 --shards 1
 */
const { values } = parseArgs({
  options: { events: { type: 'string', default: '20000' }, shards: { type: 'string', default: '1' } },
})
const count = Number(values.events)

await using opened = new AsyncDisposableStack()
const home = await mkdtemp(join(tmpdir(), 'rollcall-bench-sizing-'))
opened.defer(() => rm(home, { recursive: true, force: true }))
const services = await startServices({}, home, opened)
if (services.redisUrl === undefined) throw new Error('Install redis-server: the queue that is measured is on Redis.')
const secret = newSecret()
const variables = {
  PORT: '0',
  LOG_LEVEL: 'info',
  CLERK_WEBHOOK_SIGNING_SECRET: secret,
  DATABASE_URL: services.databaseUrl,
  REDIS_URL: services.redisUrl,
  QUEUE_SHARDS: values.shards,
}
const installation = loadConfig(InstallationConfig, variables)
await migrateDatabase(installation, (await configureWorker(variables, home)).settings.catalog)
const redis = opened.adopt(createRedis([services.redisUrl], rethrow), (client) => client.disconnect())
const queue = opened.adopt(openQueue(locateQueue(installation), rethrow), (each) => each.close())
const database = new Client({ connectionString: services.databaseUrl })
await database.connect()
opened.defer(() => database.end())

const example = await readFile(
  new URL('../packages/resources/src/user/fixtures/user.created.json', import.meta.url),
  'utf8',
)
const { data, ...envelope } = JSON.parse(example)
const messages = Array.from({ length: count }, (_, i) => {
  const number = String(i).padStart(10, '0')
  return { messageId: `msg_${number}`, body: { ...envelope, data: { ...data, id: `user_2rollcall${number}` } } }
})

/** Seconds of a processor's time since each was started. */
const measured = {
  receiver: (port: unknown) => processSeconds(port),
  worker: (port: unknown) => processSeconds(port),
  redis: async () => sumOf(await redis.info('cpu'), /^used_cpu_(?:user|sys):(.*)\r$/gm),
  postgres: postgresSeconds,
}

// What is measured is measured warm.
const receiver = opened.use(startProcess('receiver', variables))
const { port, opsPort } = await receiver.untilLogged('receiver.started')
const endpoint = { url: `http://127.0.0.1:${port}${WEBHOOK_PATH}`, secret }
await queue.pause()
const warm = messages.map(({ messageId, body }) => ({ messageId: `${messageId}_warm`, body })).slice(0, count / 5)
await deliverAll(endpoint, warm, { concurrency: 64 })

const before = { receiver: await measured.receiver(opsPort), redis: await measured.redis(), memory: await memory() }
const sentAt = performance.now()
await deliverAll(endpoint, messages, { concurrency: 64 })
const sentSeconds = (performance.now() - sentAt) / 1_000
const received = {
  receiver: (await measured.receiver(opsPort)) - before.receiver,
  redis: (await measured.redis()) - before.redis,
}
const bytes = ((await memory()) - before.memory) / count
const fileBytes = Number(/aof_current_size:(\d+)/.exec(await redis.info('persistence'))?.[1]) / (count + warm.length)

const worker = opened.use(startProcess('worker', { ...variables, LOG_LEVEL: 'info' }))
const { opsPort: workerPort } = await worker.untilLogged('worker.started')
const [idleWorker, idleRedis, idlePostgres] = await Promise.all([
  measured.worker(workerPort),
  measured.redis(),
  measured.postgres(),
])
const resumedAt = performance.now()
await queue.resume()
const all = count + warm.length
await until(async () => (await settled()) === all, { timeoutMs: 600_000, what: 'all are settled' })
const settledSeconds = (performance.now() - resumedAt) / 1_000
const applied = {
  worker: ((await measured.worker(workerPort)) - idleWorker) / all,
  redis: ((await measured.redis()) - idleRedis) / all,
  postgres: ((await measured.postgres()) - idlePostgres) / all,
}
const table = async (name: string) => {
  const { rows } = await database.query(`select pg_total_relation_size('clerk.${name}') as bytes`)
  return Number(rows[0].bytes) / all
}

const micro = (seconds: number) => `${Math.round(seconds * 1e6)} µs`
const perCore = (seconds: number) => String(Math.round(1 / seconds))
const kilobytes = (size: number) => `${(size / 1_000).toFixed(1)} kB`
const line = (what: string, seconds: number) => [what, micro(seconds), perCore(seconds)]
const rows = [
  line('receiver: verify and queue', received.receiver / count),
  line('Redis: take it', received.redis / count),
  line('worker: apply', applied.worker),
  line('Redis: hand it out and forget it', applied.redis),
  line('Postgres: ledger and row', applied.postgres),
]
for (const each of formatTable(['an event costs', 'processor', 'a core does, 1/s'], rows, undefined)) console.log(each)
console.log(`
A body of ${kilobytes(JSON.stringify(messages[0]!.body).length)} takes ${kilobytes(bytes)} of Redis's memory and ${kilobytes(fileBytes)} of its file while it waits;
afterwards ${kilobytes(await table('users'))} in users and ${kilobytes(await table('webhook_events'))} in webhook_events, with their indexes.
On this machine, sender and servers included: ${Math.round(count / sentSeconds)} received and ${Math.round(all / settledSeconds)} applied a second, ${values.shards} shards.`)

async function processSeconds(port: unknown): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
  return sumOf(text, /^process_cpu_seconds_total (.*)$/gm)
}

/** Those of all its processes. */
async function postgresSeconds(): Promise<number> {
  const { rows } = await database.query('select pg_backend_pid() as pid')
  return familySeconds(await parentOf(rows[0].pid))
}

async function settled(): Promise<number> {
  const { rows } = await database.query('select count(*) from clerk.webhook_events')
  return Number(rows[0].count)
}

async function memory(): Promise<number> {
  return Number(/used_memory:(\d+)/.exec(await redis.info('memory'))?.[1])
}

function sumOf(text: string, pattern: RegExp): number {
  return [...text.matchAll(pattern)].reduce((sum, [, value]) => sum + Number(value), 0)
}

function rethrow(error: Error): never {
  throw error
}
