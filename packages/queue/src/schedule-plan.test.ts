import { isDeepStrictEqual } from 'node:util'
import { BACKENDS, type Backend, createQueue } from '@rollcall/testkit/queue'
import { until } from '@rollcall/testkit/wait'
import type { Queue } from 'bullmq'
import { expect, test } from 'vitest'
import { locateQueue, type QueueLocation } from './open-queue.ts'
import { openWorker } from './open-worker.ts'
import { keepPlanned, planBy, type Schedule } from './schedule-plan.ts'
import { withSchedulingQueue } from './schedule-queue.ts'

const NAME = 'work'
const DAY_MS = 86_400_000

/** Half a day from now: not due while a test runs, unless that promotes it. */
const DAILY: Schedule = { pattern: `0 ${(new Date().getUTCHours() + 12) % 24} * * *`, timezone: 'UTC' }

test.each(BACKENDS)('[K16] on %s, who plans what is planned already puts off nothing that is due', async (backend) => {
  await using plans = await openPlans(backend)
  await plans.on(async (queue) => {
    await planBy(queue, NAME, DAILY)
    const [job] = await queue.getJobs()
    await job!.promote()
    await planBy(queue, NAME, DAILY)
    await keepPlanned(queue, NAME, DAILY)
    expect(await unfinished(queue)).toEqual([`${job!.id} waiting`])
  })
})

test.each(BACKENDS)('[K16] on %s, another schedule takes the place of the one that was planned', async (backend) => {
  await using plans = await openPlans(backend)
  await plans.on(async (queue) => {
    await planBy(queue, NAME, DAILY)
    const [before] = await unfinished(queue)
    const later = { ...DAILY, timezone: 'Europe/Berlin' }
    await planBy(queue, NAME, later)
    const planned = await queue.getJobScheduler(NAME)
    expect(planned).toMatchObject({ pattern: DAILY.pattern, tz: 'Europe/Berlin' })
    expect(await unfinished(queue)).toEqual([`repeat:${NAME}:${planned!.next} delayed`])
    expect(await unfinished(queue)).not.toEqual([before])

    // The process of the former schedule still runs, and does not take its own back.
    await keepPlanned(queue, NAME, DAILY)
    expect(await queue.getJobScheduler(NAME)).toEqual(planned)
  })
})

test.each(BACKENDS)('[K16] on %s, many that plan at one moment plan it once, and none is refused', async (backend) => {
  await using plans = await openPlans(backend)
  await Promise.all(Array.from({ length: 10 }, () => plans.on((queue) => planBy(queue, NAME, DAILY))))
  await plans.on(async (queue) => expect(await unfinished(queue)).toHaveLength(1))
})

test.each(BACKENDS)('[K16] on %s, a plan whose thread BullMQ has dropped is planned anew', async (backend) => {
  await using plans = await openPlans(backend)
  await plans.on(async (queue) => {
    await planBy(queue, NAME, DAILY)
    const { next } = (await queue.getJobScheduler(NAME))!
    // As two processes leave it that plan at one moment, on either side of `next`: the job after that of `next` is there
    // already, so that BullMQ adds none when it takes up that of `next`.
    const after = { jobId: `repeat:${NAME}:${next! + DAY_MS}`, delay: DAY_MS, removeOnComplete: true }
    await queue.add(NAME, {}, after)
    await using _worker = plans.work()

    await (await queue.getJob(`repeat:${NAME}:${next}`))!.promote()
    await untilUnfinished(queue, [`${after.jobId} delayed`])
    await keepPlanned(queue, NAME, DAILY)
    expect(await unfinished(queue)).toEqual([`${after.jobId} delayed`])

    await (await queue.getJob(after.jobId))!.promote()
    await untilUnfinished(queue, [])
    expect(await queue.getJobScheduler(NAME)).toMatchObject({ next })

    await keepPlanned(queue, NAME, DAILY)
    expect(await unfinished(queue)).toEqual([`repeat:${NAME}:${next} delayed`])
  })
})

interface Plans extends AsyncDisposable {
  /** Hands out what a process of its own would plan on. */
  on(work: (queue: Queue) => Promise<void>): Promise<void>
  /** Does what is due. */
  work(): AsyncDisposable
}

async function openPlans(backend: Backend): Promise<Plans> {
  const created = await createQueue(backend)
  const location = locate(created.variables)
  return {
    on: (work) =>
      withSchedulingQueue({ location, name: NAME, onError: rethrow, stop: new AbortController().signal }, (queue) =>
        work(queue as Queue),
      ),
    work() {
      const worker = openWorker(location, NAME, async () => undefined, { lockDuration: 30_000 }, rethrow)
      return { [Symbol.asyncDispose]: () => worker.close() }
    },
    [Symbol.asyncDispose]: () => created[Symbol.asyncDispose](),
  }
}

const unfinished = async (queue: Queue): Promise<string[]> => {
  const jobs = await queue.getJobs(['waiting', 'delayed', 'active'])
  return Promise.all(jobs.map(async (job) => `${job.id} ${await job.getState()}`))
}

const untilUnfinished = (queue: Queue, jobs: readonly string[]) =>
  until(async () => isDeepStrictEqual(await unfinished(queue), jobs), {
    timeoutMs: 20_000,
    what: `unfinished are ${JSON.stringify(jobs)}`,
  })

function locate(variables: Readonly<Record<string, string>>): QueueLocation {
  const { REDIS_URL, DATABASE_URL, QUEUE_PREFIX = 'rollcall' } = variables
  return locateQueue({
    REDIS_URL: REDIS_URL?.split(','),
    QUEUE_PREFIX,
    DATABASE_URL,
    DATABASE_SCHEMA: 'clerk',
    DATABASE_POOL_SIZE: 2,
  })
}

function rethrow(error: Error): never {
  throw error
}
