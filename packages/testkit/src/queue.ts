import { randomBytes } from 'node:crypto'
import type { BodyCodec, QueuedDelivery } from '@rollcall/queue/body-codec'
import { QUEUE } from '@rollcall/queue/names'
import { locateQueue, type QueueLocation } from '@rollcall/queue/open-queue'
import { postgresConnection } from '@rollcall/queue/postgres-queue'
import { migratePostgresQueue } from '@rollcall/queue/postgres-schema'
import { createRedis } from '@rollcall/queue/redis-client'
import { shardPrefix } from '@rollcall/queue/shards'
import type { Delivery } from '@rollcall/shared/delivery'
import { encryptionKeys } from '@rollcall/shared/encryption-keys'
import { createPostgresBackend, Queue, UnrecoverableError, Worker } from 'bullmq'
import { inject } from 'vitest'
import { createDatabase } from './postgres.ts'
import { sharedRedisUrl } from './redis.ts'
import { uniqueName } from './unique-name.ts'

export const BACKENDS = ['redis', 'postgres'] as const
export type Backend = (typeof BACKENDS)[number]

/** A job as BullMQ tells of it. */
export interface SeenJob {
  readonly id: string
  readonly state: string
  readonly attemptsMade: number
  /** How often a worker has taken it up, also those that died with it in hand. */
  readonly attemptsStarted: number
  /** As it lies there; and what it was when it was put there. */
  readonly queued: QueuedDelivery
  readonly delivery: Delivery
}

/** A queue of a test's own, seen through bare BullMQ rather than through what is tested. */
export interface TestQueue extends AsyncDisposable {
  /** The variables that say where it is, as a process reads them. */
  readonly variables: Readonly<Record<string, string>>
  jobs(): Promise<SeenJob[]>
  /** Takes the next job of the first shard and fails it for good, as a worker does with an event that cannot be applied. */
  failNext(): Promise<void>
}

/** A new, empty queue on a server that all tests share. */
export const createQueue = (backend: Backend): Promise<TestQueue> => CREATE[backend]()

const CREATE: Record<Backend, () => Promise<TestQueue>> = {
  async redis() {
    const prefix = uniqueName('rollcall_test')
    const queue = seeQueue({ REDIS_URL: sharedRedisUrl(), QUEUE_PREFIX: prefix, ...asCareful() })
    const remove = async () => {
      const client = createRedis([sharedRedisUrl()], rethrow)
      const keys = await client.keys(`{${prefix}*`)
      if (keys.length > 0) await client.del(...keys)
      client.disconnect()
    }
    return { ...queue, [Symbol.asyncDispose]: remove }
  },
  async postgres() {
    const database = await createDatabase({ session: true })
    await migratePostgresQueue({ databaseUrl: database.url, schema: 'clerk', poolSize: 1 })
    return {
      ...seeQueue({ DATABASE_URL: database.url, ...asCareful() }),
      [Symbol.asyncDispose]: database[Symbol.asyncDispose],
    }
  },
}

/** A careful installation, as all services of the run are where they are secured, encrypts what lies on the queue as well. */
export const asCareful = (): Readonly<Record<string, string>> =>
  inject('pooler') ? { QUEUE_ENCRYPTION_KEY: KEY_OF_THE_CAREFUL } : {}

const KEY_OF_THE_CAREFUL = randomBytes(32).toString('base64')

/** A queue that is there already, such as one on a server that the test stops and starts. */
export function seeQueue(variables: Readonly<Record<string, string>>): Omit<TestQueue, keyof AsyncDisposable> {
  const { REDIS_URL, DATABASE_URL, QUEUE_PREFIX = 'rollcall', QUEUE_SHARDS = '1', QUEUE_ENCRYPTION_KEY } = variables
  const location = locateQueue({
    REDIS_URL: REDIS_URL?.split(','),
    QUEUE_PREFIX,
    QUEUE_SHARDS: Number(QUEUE_SHARDS),
    QUEUE_ENCRYPTION_KEY: QUEUE_ENCRYPTION_KEY === undefined ? undefined : encryptionKeys([QUEUE_ENCRYPTION_KEY]),
    DATABASE_URL,
    DATABASE_SCHEMA: 'clerk',
    DATABASE_POOL_SIZE: 2,
  })
  return {
    variables,
    async jobs() {
      await using opened = new AsyncDisposableStack()
      const shards = Array.from({ length: Number(QUEUE_SHARDS) }, (_, shard) => openBullQueue(location, shard, opened))
      // Awaited here: returned as they are, they would be asked for after the queue has been closed.
      return (await Promise.all(shards.map((shard) => seeJobs(shard, location.codec)))).flat()
    },
    async failNext() {
      await using opened = new AsyncDisposableStack()
      const failed = Promise.withResolvers<void>()
      const refuse = () => Promise.reject(new UnrecoverableError('failed by the test'))
      const worker = openBullWorker(location, refuse, opened)
      worker.on('failed', () => failed.resolve())
      worker.on('error', failed.reject)
      await failed.promise
    },
  }
}

async function seeJobs(queue: BullQueue, codec: BodyCodec): Promise<SeenJob[]> {
  const listed = await queue.getJobs(['waiting', 'active', 'delayed', 'failed'])
  const seen = await Promise.all(listed.map(({ id }) => seeJob(queue, codec, id!)))
  return seen.filter((job) => job !== undefined)
}

/** The state is asked for first, so that what is told of a job is never older than the state it is said to be in. */
async function seeJob(queue: BullQueue, codec: BodyCodec, id: string): Promise<SeenJob | undefined> {
  const state = await queue.getJobState(id)
  const job = await queue.getJob(id)
  if (!job) return undefined // it has finished meanwhile
  const { attemptsMade, attemptsStarted, data } = job
  return {
    id,
    state,
    attemptsMade,
    attemptsStarted,
    queued: data,
    get delivery() {
      return codec.unpack(data)
    },
  }
}

type BullQueue = Pick<Queue<QueuedDelivery>, 'getJob' | 'getJobs' | 'getJobState'>
type BullWorker = Pick<Worker<QueuedDelivery>, 'on'>

function openBullQueue(location: QueueLocation, shard: number, opened: AsyncDisposableStack): BullQueue {
  const queue =
    location.backend === 'redis'
      ? new Queue<QueuedDelivery>(QUEUE, redisConnection(location, shard, opened))
      : new Queue(QUEUE, { connection: patient(postgresConnection(location)) }, createPostgresBackend)
  opened.defer(() => queue.close())
  return queue as BullQueue
}

/** Thousands of jobs are asked for at once through a few connections, for which they queue up. */
const patient = <Connection>(connection: Connection) => ({ ...connection, connectionTimeoutMillis: 60_000 })

function openBullWorker(location: QueueLocation, refuse: () => Promise<never>, opened: AsyncDisposableStack) {
  const worker =
    location.backend === 'redis'
      ? new Worker<QueuedDelivery>(QUEUE, refuse, redisConnection(location, 0, opened))
      : new Worker(QUEUE, refuse, { connection: patient(postgresConnection(location)) }, createPostgresBackend)
  opened.defer(() => worker.close())
  return worker as BullWorker
}

function redisConnection(location: QueueLocation & { backend: 'redis' }, shard: number, opened: AsyncDisposableStack) {
  const client = createRedis(location.urls, rethrow)
  opened.defer(() => client.disconnect())
  return { connection: client, prefix: shardPrefix(location.prefix, shard) }
}

const rethrow = (error: Error): never => {
  throw error
}
