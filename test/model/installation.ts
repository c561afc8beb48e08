import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Mirror, openMirror } from '@rollcall/mirror/database'
import type { JobQueue } from '@rollcall/queue/job-queue'
import { locateQueue, openQueue } from '@rollcall/queue/open-queue'
import { startTestReceiver, type TestReceiver } from '@rollcall/receiver/test-receiver'
import { loadConfig } from '@rollcall/shared/config'
import { captureLog } from '@rollcall/testkit/captured-log'
import { createTestMirror, type TestMirror } from '@rollcall/testkit/mirror'
import { createQueue } from '@rollcall/testkit/queue'
import { TEST_ROLES } from '@rollcall/testkit/roles'
import { settingsOf } from '@rollcall/testkit/settings'
import { post, signedRequest } from '@rollcall/testkit/svix'
import { until } from '@rollcall/testkit/wait'
import { Config as WorkerConfig } from '@rollcall/worker/config'
import { type RunningWorker, startWorker } from '@rollcall/worker/worker'
import { sql } from 'kysely'
import { type RunningProcess, startProcess } from '../process.ts'
import { configurations } from './configurations.ts'
import { type ConnectionCutter, startConnectionCutter } from './connection-cutter.ts'
import type { Message } from './history.ts'
import type { OnDelete } from './oracle.ts'

/** A receiver, a queue, workers and a mirror, as real as they are, and all that can be done to them. */
export interface Installation extends AsyncDisposable {
  /** As an administrator, by a way that nobody cuts. */
  readonly mirror: TestMirror
  /** As Rollcall's own commands reach it. */
  readonly commands: { readonly mirror: Mirror; readonly queue: JobQueue }
  /** The way to Postgres of whatever is Rollcall's. */
  readonly cutter: ConnectionCutter
  /** Answers the status. */
  send(message: Message, secret: string): Promise<number>
  /** A receiver that takes these secrets stands in place of the one before. */
  acceptSecrets(secrets: readonly string[]): Promise<void>
  startWorkers(): Promise<void>
  /** As SIGTERM does. */
  stopWorkers(): Promise<void>
  /** A worker in a process of its own, which consumes. */
  startWorkerProcess(): Promise<RunningProcess>
  /** Empties the queue and all tables. */
  clear(): Promise<void>
}

/** The name of a user that Postgres refuses, by a constraint of somebody's own. */
export const POISON = 'poison'

/** Two, which meet in their batches. */
const WORKERS = 2

/** Small batches, so that what is delivered at once is in several; a short lock, for what a killed worker held. */
const VARIABLES = {
  BATCH_SIZE: '4',
  BATCHES_IN_FLIGHT: '2',
  DATABASE_POOL_SIZE: '3',
  HANDLERS_IN_FLIGHT: '2',
  HANDLER_TIMEOUT_MS: '1000',
  JOB_LOCK_MS: '1000',
  OPS_PORT: '0',
}

const CONFIGURATIONS = new URL('./configurations.ts', import.meta.url)

export async function openInstallation(onDelete: OnDelete): Promise<Installation> {
  await using opened = new AsyncDisposableStack()
  const settings = settingsOf(configurations[onDelete])
  const mirror = opened.use(await createTestMirror({ catalog: settings.catalog }))
  await sql`alter table clerk.users add check (first_name <> ${sql.lit(POISON)})`.execute(mirror.db)
  await sql`create table public.effects (message_id text not null)`.execute(mirror.db)
  await sql`grant insert on public.effects to ${sql.id(TEST_ROLES.worker)}`.execute(mirror.db)
  const cutter = opened.use(await startConnectionCutter(mirror.urls.worker))
  const testQueue = opened.use(await createQueue('redis'))
  const variables = { ...VARIABLES, ...testQueue.variables, DATABASE_URL: cutter.url }
  const config = loadConfig(WorkerConfig, variables)
  const { log } = captureLog()

  const queue = openQueue(locateQueue(config), (error) => {
    throw error
  })
  opened.defer(() => queue.close())
  const commandsMirror = openMirror({
    databaseUrl: cutter.url,
    schema: mirror.schema,
    poolSize: 4,
    onError: () => {}, // they are cut while idle, too
  })
  opened.defer(() => commandsMirror.close())

  const folder = await mkdtemp(join(tmpdir(), 'rollcall-model-'))
  opened.defer(() => rm(folder, { recursive: true }))
  const ROLLCALL_CONFIG = join(folder, 'rollcall.config.ts')
  await writeFile(
    ROLLCALL_CONFIG,
    `import { configurations } from ${JSON.stringify(fileURLToPath(CONFIGURATIONS))}
export default configurations.${onDelete}
`,
  )

  let workers: readonly RunningWorker[] = []
  const stopWorkers = async () => {
    await Promise.all(workers.map((worker) => worker[Symbol.asyncDispose]()))
    workers = []
  }
  opened.defer(stopWorkers)

  let receiver: TestReceiver | undefined
  opened.defer(() => receiver?.[Symbol.asyncDispose]())

  const installation: Omit<Installation, keyof AsyncDisposable> = {
    mirror,
    commands: { mirror: commandsMirror, queue },
    cutter,
    async send({ id, body }, secret) {
      const response = await post(
        receiver!.webhookUrl,
        signedRequest({ secret, messageId: id, body: JSON.stringify(body) }),
      )
      await response.arrayBuffer()
      return response.status
    },
    async acceptSecrets(secrets) {
      await receiver?.[Symbol.asyncDispose]()
      receiver = await startTestReceiver(
        { ...testQueue.variables, CLERK_WEBHOOK_SIGNING_SECRET: secrets.join(','), SHUTDOWN_DRAIN_MS: '0' },
        log,
      )
    },
    async startWorkers() {
      const start = () => startWorker({ ...config, settings }, log)
      workers = await Promise.all(Array.from({ length: WORKERS }, start))
    },
    stopWorkers,
    async startWorkerProcess() {
      const worker = startProcess('worker', { ...variables, ROLLCALL_CONFIG })
      const { opsPort } = await worker.untilLogged('worker.started')
      const isReady = async () => (await fetch(`http://127.0.0.1:${opsPort}/readyz`)).ok
      await until(isReady, { timeoutMs: 60_000, what: 'the worker consumes' })
      return worker
    },
    async clear() {
      await untilIdle(queue)
      await mirror.clear()
      await sql`delete from public.effects`.execute(mirror.db)
    },
  }
  await installation.startWorkers()
  const everything = opened.move()
  return { ...installation, [Symbol.asyncDispose]: () => everything.disposeAsync() }
}

/** Resolves when the queue holds nothing but failed jobs. */
export const untilIdle = (queue: JobQueue): Promise<unknown> =>
  until(
    async () => {
      const { waiting, active, delayed } = await queue.counts()
      return waiting + active + delayed === 0
    },
    { timeoutMs: 90_000, what: 'the queue is empty' },
  )
