import type { JobQueue } from '@rollcall/queue/job-queue'
import { locateQueue, openQueue } from '@rollcall/queue/open-queue'
import { loadConfig } from '@rollcall/shared/config'
import { deliveryOf } from '@rollcall/testkit/deliveries'
import { startOwnRedis } from '@rollcall/testkit/own-redis'
import { BACKENDS, createQueue } from '@rollcall/testkit/queue'
import { samplesOf } from '@rollcall/testkit/samples'
import { newSecret } from '@rollcall/testkit/svix'
import { until } from '@rollcall/testkit/wait'
import { describe, expect, test } from 'vitest'
import { Config, needed } from './config.ts'
import { createMetrics } from './metrics.ts'
import { startQueueWatch } from './watch-queue.ts'

const PATIENCE_MS = 30_000

/** A queue as a receiver opens it, and what is told of it. */
function watch(variables: Readonly<Record<string, string>>, lookMs: number, onError: (error: Error) => void = rethrow) {
  const config = loadConfig(Config, { CLERK_WEBHOOK_SIGNING_SECRET: newSecret(), ...variables }, needed)
  const queue = openQueue(locateQueue(config), onError, 'receiver')
  const metrics = createMetrics()
  const looks = { count: 0 }
  const looking = startQueueWatch({
    queue: counted(queue, looks),
    metrics,
    onError,
    pace: { stateMs: lookMs, serverMs: lookMs },
  })
  const samples = async (name: string) => samplesOf(await metrics.metrics(), `rollcall_${name}`)
  return {
    queue,
    looks,
    samples,
    shown: (name: string, expected: Readonly<Record<string, number>>) =>
      until(async () => JSON.stringify(await samples(name)) === JSON.stringify(expected), {
        timeoutMs: PATIENCE_MS,
        what: `${name} is ${JSON.stringify(expected)}`,
      }),
    async [Symbol.asyncDispose]() {
      await looking.close()
      await queue.close()
    },
  }
}

const rethrow = (error: Error) => {
  throw error
}

function counted(queue: JobQueue, looks: { count: number }): Parameters<typeof startQueueWatch>[0]['queue'] {
  const look =
    <Answer>(ask: () => Promise<Answer>) =>
    () => {
      looks.count += 1
      return ask()
    }
  return {
    state: look(queue.state),
    connectedProcesses: look(queue.connectedProcesses),
    memory: look(queue.memory),
  }
}

const jobs = (counts: Partial<Record<'waiting' | 'active' | 'delayed' | 'failed', number>>) =>
  Object.fromEntries(
    Object.entries({ waiting: 0, active: 0, delayed: 0, failed: 0, ...counts }).map(([state, count]) => [
      `state="${state}"`,
      count,
    ]),
  )

describe.each(BACKENDS)('what the receiver tells of its queue in %s', (backend) => {
  test('[P4] its depth by state, the age of the oldest job while no worker runs, and whether it is paused', async () => {
    await using own = await createQueue(backend)
    await using watched = watch(own.variables, 20)
    const age = async () => (await watched.samples('queue_oldest_waiting_age_seconds'))['']!
    await watched.shown('queue_jobs', jobs({}))
    await watched.shown('queue_oldest_waiting_age_seconds', { '': 0 })

    const before = Date.now()
    await watched.queue.add([deliveryOf('{}')])
    await watched.shown('queue_jobs', jobs({ waiting: 1 }))
    const first = await until(age, { timeoutMs: PATIENCE_MS, what: 'the job has an age' })
    // What was read is told for 50 ms here, and on a busy machine the next look may come later than that.
    const grown = await until(async () => (await age()) > first + 0.1 && age(), {
      timeoutMs: PATIENCE_MS,
      what: 'it grows',
    })
    expect(grown).toBeLessThanOrEqual((Date.now() - before) / 1_000)

    await own.failNext()
    await watched.shown('queue_jobs', jobs({ failed: 1 }))
    await watched.shown('queue_oldest_waiting_age_seconds', { '': 0 })

    await watched.shown('queue_paused', { '': 0 })
    await watched.queue.pause()
    await watched.shown('queue_paused', { '': 1 })
    await watched.queue.add([deliveryOf('{}')])
    await watched.shown('queue_jobs', jobs({ waiting: 1, failed: 1 }))
    await until(age, { timeoutMs: PATIENCE_MS, what: 'what comes while it is paused grows old as well' })
  })

  test('[P4] who is connected, and how full Redis is', async () => {
    await using own = await createQueue(backend)
    await using watched = watch(own.variables, 20)
    await watched.shown('queue_connected_processes', { 'role="receiver"': 1, 'role="worker"': 0 })
    if (backend === 'redis') {
      const used = async () => (await watched.samples('redis_memory_used_bytes'))['']! > 100_000
      await until(used, { timeoutMs: PATIENCE_MS, what: 'its memory is told' })
      const isTold = async () => typeof (await watched.samples('redis_evicted_keys_total'))[''] === 'number'
      await until(isTold, { timeoutMs: PATIENCE_MS, what: 'what it has evicted is told' })
    } else {
      for (const name of ['redis_memory_used_bytes', 'redis_memory_limit_bytes', 'redis_evicted_keys_total'])
        expect(await watched.samples(name)).toEqual({})
    }
  })

  test('[P2] a scrape asks the queue nothing', async () => {
    await using own = await createQueue(backend)
    await using watched = watch(own.variables, 3_600_000)
    await watched.shown('queue_jobs', jobs({}))
    for (let i = 0; i < 20; i++) await watched.samples('queue_jobs')
    expect(watched.looks.count).toBe(3)
  })
})

test('[P2] while Redis is away nothing of the queue is told, a stop does not wait for it, and it is told again afterwards', async () => {
  await using redis = await startOwnRedis()
  const variables = { REDIS_URL: redis.url }
  await using watched = watch(variables, 100, () => undefined)
  await watched.shown('queue_jobs', jobs({}))
  await redis.stop()
  for (const name of ['queue_jobs', 'queue_oldest_waiting_age_seconds', 'queue_paused', 'redis_memory_used_bytes'])
    await watched.shown(name, {})
  {
    await using away = watch(variables, 100, () => undefined)
    await until(() => away.looks.count === 3, { timeoutMs: PATIENCE_MS, what: 'it looks' })
  }
  await redis.start()
  await watched.shown('queue_jobs', jobs({}))
})
