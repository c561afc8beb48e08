import type { RollcallConfig } from '@rollcall/config/define-config'
import { locateQueue, openQueue } from '@rollcall/queue/open-queue'
import { migratePostgresQueue } from '@rollcall/queue/postgres-schema'
import { loadConfig } from '@rollcall/shared/config'
import type { Delivery } from '@rollcall/shared/delivery'
import type { Logger } from '@rollcall/shared/log'
import type { Readiness } from '@rollcall/shared/readiness'
import { createTestMirror, type TestMirror } from '@rollcall/testkit/mirror'
import { asCareful, type Backend, createQueue, seeQueue, type TestQueue } from '@rollcall/testkit/queue'
import { settingsOf } from '@rollcall/testkit/settings'
import { until } from '@rollcall/testkit/wait'
import { Config } from './config.ts'
import { startWorker } from './worker.ts'

/** A migrated mirror with a queue beside it, and the means to put deliveries on it and to run workers. */
export interface TestBench extends AsyncDisposable {
  readonly mirror: TestMirror
  readonly queue: Pick<TestQueue, 'jobs' | 'variables'>
  /** The variables with which a worker process reaches both, with the least rights [I45]. */
  readonly variables: Readonly<Record<string, string>>
  add(deliveries: readonly Delivery[]): Promise<void>
  startWorker(log: Logger, over?: Readonly<Record<string, string>>, config?: RollcallConfig): Promise<TestWorker>
}

export interface TestWorker extends AsyncDisposable {
  /** What `/readyz` answers. */
  readiness(): Promise<Readiness>
  /** What `/metrics` answers. */
  metrics(): Promise<string>
}

export async function createBench(backend: Backend): Promise<TestBench> {
  await using opened = new AsyncDisposableStack()
  const mirror = opened.use(await createTestMirror({ session: backend === 'postgres' }))
  const queue = backend === 'redis' ? opened.use(await createQueue('redis')) : await queueIn(mirror)
  const variables = { ...queue.variables, DATABASE_URL: mirror.urls.worker }

  const config = loadConfig(Config, variables)
  const jobs = openQueue(locateQueue(config), (error) => {
    throw error
  })
  opened.defer(() => jobs.close())

  const open = opened.move()
  return {
    mirror,
    queue,
    variables,
    add: (deliveries) => jobs.add(deliveries),
    async startWorker(log, over = {}, rollcallConfig = {}) {
      const config = loadConfig(Config, { OPS_PORT: '0', ...variables, ...over })
      const worker = await startWorker({ ...config, settings: settingsOf(rollcallConfig) }, log)
      const ask = (path: string) => fetch(`http://127.0.0.1:${worker.opsPort}${path}`)
      return {
        readiness: async () => (await (await ask('/readyz')).json()) as Readiness,
        metrics: async () => (await ask('/metrics')).text(),
        [Symbol.asyncDispose]: () => worker[Symbol.asyncDispose](),
      }
    },
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  }
}

async function queueIn({ urls }: TestMirror): Promise<Pick<TestQueue, 'jobs' | 'variables'>> {
  await migratePostgresQueue({ databaseUrl: urls.migrator, schema: 'clerk', poolSize: 1 })
  return seeQueue({ DATABASE_URL: urls.worker, ...asCareful() })
}

/** The ledger, once it holds so many entries. */
export const ledgerOf = (mirror: TestMirror, count: number, timeoutMs = 20_000) =>
  until(
    async () => {
      const rows = await mirror.db.selectFrom('webhook_events').selectAll().orderBy('id').execute()
      return rows.length >= count ? rows : undefined
    },
    { timeoutMs, what: `${count} events in the ledger` },
  )

/** Resolves when no job is left but failed ones. */
export const untilIdle = (bench: TestBench, timeoutMs = 20_000) =>
  until(async () => (await bench.queue.jobs()).every((job) => job.state === 'failed'), {
    timeoutMs,
    what: 'the queue is empty',
  })
