import type { Delivery } from '@rollcall/shared/delivery'
import { connectionTo, surviveBrokenConnections } from '@rollcall/shared/postgres-connection'
import { endSilentConnections, SILENCE_MS } from '@rollcall/shared/postgres-silence'
import { passed } from '@rollcall/shared/readiness'
import { createPostgresBackend, type PostgresPoolConfig, type PostgresQueueBackend, Queue } from 'bullmq'
import type { BodyCodec, QueuedDelivery } from './body-codec.ts'
import { processesOnPostgres } from './connected-processes.ts'
import { connectionName, type Role } from './connection-name.ts'
import { fromQueue } from './errors.ts'
import { countJobs, failedMessages, type JobQueue, removeFailedJobs, retryFailedJobs, retryJobs } from './job-queue.ts'
import { type DeliveryTraces, traceOptions } from './job-trace.ts'
import { JOB, JOB_OPTIONS, jobIdOf, QUEUE } from './names.ts'

export interface PostgresLocation {
  readonly databaseUrl: string
  /** The mirror's schema; the queue lives beside it. */
  readonly schema: string
  readonly poolSize: number
}

/** The schema of BullMQ's tables, beside the mirror's. */
export const queueSchema = (schema: string): string => `${schema}_queue`

/** Well below the receiver's deadline. */
const CONNECT_TIMEOUT_MS = 3_000

export const postgresConnection = (location: PostgresLocation, role: Role = 'command'): PostgresPoolConfig => ({
  ...connectionTo(location.databaseUrl, CONNECT_TIMEOUT_MS),
  schema: queueSchema(location.schema),
  max: location.poolSize,
  // A process for which there is nothing to do stays connected, and so is seen.
  min: 1,
  application_name: connectionName(role, location.schema),
})

type PostgresBullQueue = Queue<
  QueuedDelivery,
  unknown,
  string,
  QueuedDelivery,
  unknown,
  string,
  PostgresQueueBackend,
  never
>

/**
 * The queue in Postgres. BullMQ's connection asks once whether its schema is there, and remembers a failure for ever,
 * so a queue that could not be opened is thrown away and opened anew by the next call.
 */
export function openPostgresQueue(
  location: PostgresLocation,
  codec: BodyCodec,
  onError: (error: Error) => void,
  role: Role,
): JobQueue {
  let opened: Promise<PostgresBullQueue> | undefined

  async function open(): Promise<PostgresBullQueue> {
    const queue = new Queue(QUEUE, { connection: postgresConnection(location, role) }, createPostgresBackend)
    queue.on('error', onError)
    surviveBrokenConnections(queue.getBackend().connection.pool, onError)
    endSilentConnections(queue.getBackend().connection.pool, SILENCE_MS)
    try {
      await queue.waitUntilReady()
      return queue as unknown as PostgresBullQueue
    } catch (error) {
      opened = undefined
      await queue.close()
      throw error
    }
  }

  const ready = () => {
    opened ??= open()
    return opened
  }

  async function failedAmong(queue: PostgresBullQueue, jobIds: readonly string[]): Promise<readonly string[]> {
    const { pool, schema } = queue.getBackend().connection
    const { rows } = await pool.query(
      `select id from "${schema}".job where queue = $1 and id = any($2) and state = 'failed'`,
      [QUEUE, jobIds],
    )
    return rows.map((row) => String(row.id))
  }

  async function oldestWaitingAt(queue: PostgresBullQueue): Promise<Date | undefined> {
    const { pool, schema } = queue.getBackend().connection
    const { rows } = await pool.query(
      `select added_at_ms from "${schema}".job where queue = $1 and state = 'waiting' order by priority, seq limit 1`,
      [QUEUE],
    )
    return rows[0] && new Date(Number(rows[0].added_at_ms))
  }

  /** Asks the queue, and which of its jobs have failed. A failure is told as one of the queue. */
  async function ask<Answer>(
    question: (
      queue: PostgresBullQueue,
      failedAmong: (jobIds: readonly string[]) => Promise<readonly string[]>,
    ) => Promise<Answer>,
  ): Promise<Answer> {
    try {
      const queue = await ready()
      return await question(queue, (ids) => failedAmong(queue, ids))
    } catch (error) {
      throw fromQueue(error)
    }
  }

  return {
    backend: 'postgres',
    shards: 1,
    shardOf: () => 0,
    add: (deliveries, traces) => ask((queue, failedAmong) => add(queue, failedAmong, codec, deliveries, traces)),
    removeFailed: (messageIds) => ask((queue, failed) => removeFailedJobs(queue, failed, messageIds)),
    failedAmong: (messageIds) => ask((_queue, failed) => failedMessages(failed, messageIds)),
    retryFailed: (messageIds) => ask((queue, failed) => retryFailedJobs(queue, failed, messageIds)),
    counts: async () => countJobs(await ready()),
    async state() {
      const queue = await ready()
      const [counts, isPaused, oldest] = await Promise.all([countJobs(queue), queue.isPaused(), oldestWaitingAt(queue)])
      return { counts, isPaused, oldestWaitingAt: oldest }
    },
    async connectedProcesses() {
      const { pool } = (await ready()).getBackend().connection
      return processesOnPostgres((text) => pool.query(text), location.schema)
    },
    memory: async () => undefined,
    pause: async () => (await ready()).pause(),
    resume: async () => (await ready()).resume(),
    async check() {
      const queue = await ready()
      await queue.getBackend().connection.pool.query('select 1')
      return passed('the queue lives in Postgres')
    },
    async close() {
      const queue = await opened?.catch(() => undefined)
      await queue?.close()
    },
  }
}

async function add(
  queue: PostgresBullQueue,
  failedAmong: (jobIds: readonly string[]) => Promise<readonly string[]>,
  codec: BodyCodec,
  deliveries: readonly Delivery[],
  traces: DeliveryTraces | undefined,
): Promise<void> {
  const jobs = deliveries.map((delivery) => ({
    name: JOB,
    data: codec.pack(delivery),
    opts: { ...JOB_OPTIONS, jobId: jobIdOf(delivery.messageId), ...traceOptions(traces?.get(delivery)) },
  }))
  // In one order everywhere: two receivers that take the same messages would deadlock.
  jobs.sort((a, b) => (a.opts.jobId === b.opts.jobId ? 0 : a.opts.jobId < b.opts.jobId ? -1 : 1))
  const [failed] = await Promise.all([failedAmong(jobs.map((job) => job.opts.jobId)), queue.addBulk(jobs)])
  await retryJobs(queue, failed)
}
