import type { JobQueue } from '@rollcall/queue/job-queue'
import { until } from '@rollcall/testkit/wait'
import { Queue } from 'bullmq'
import { BULL_PREFIX, BULL_QUEUE, connectionOf } from '../baselines/bull.ts'
import { deliveries, type Events } from './events.ts'

/** A queue that is filled while nobody takes from it, and drained afterwards: ours, or BullMQ's as it comes. */
export interface Backlog {
  add(events: Events, from: number, count: number): Promise<void>
  pause(): Promise<void>
  resume(): Promise<void>
  /** How many jobs are not done. */
  left(): Promise<number>
}

/** Added at a time; and that many times side by side. */
const STEP = 500
const SIDE_BY_SIDE = 4

/** Longer than a million jobs take on a slow machine. */
const DRAINED_MS = 1_200_000

export const ourBacklog = (queue: JobQueue): Backlog => ({
  add: (events, from, count) => inSteps(from, count, (start, size) => queue.add(deliveries(events, start, size))),
  pause: () => queue.pause(),
  resume: () => queue.resume(),
  async left() {
    const { waiting, active, delayed } = await queue.counts()
    return waiting + active + delayed
  },
})

export function openBullBacklog(redisUrl: string): Backlog & AsyncDisposable {
  const queue = new Queue(BULL_QUEUE, { connection: connectionOf(redisUrl), prefix: BULL_PREFIX })
  return {
    add: (events, from, count) =>
      inSteps(from, count, async (start, size) => {
        const jobs = deliveries(events, start, size).map(({ messageId, body }) => ({
          name: 'user.created',
          data: { body },
          opts: { jobId: messageId, removeOnComplete: true },
        }))
        await queue.addBulk(jobs)
      }),
    pause: () => queue.pause(),
    resume: () => queue.resume(),
    async left() {
      const counts = await queue.getJobCounts('waiting', 'active', 'delayed')
      return counts.waiting! + counts.active! + counts.delayed!
    },
    [Symbol.asyncDispose]: () => queue.close(),
  }
}

async function inSteps(
  from: number,
  count: number,
  add: (from: number, count: number) => Promise<void>,
): Promise<void> {
  let next = from
  const end = from + count
  const one = async () => {
    while (next < end) {
      const start = next
      next = Math.min(end, start + STEP)
      await add(start, next - start)
    }
  }
  await Promise.all(Array.from({ length: SIDE_BY_SIDE }, one))
}

export interface Drained {
  readonly events: number
  readonly seconds: number
  readonly perSecond: number
}

/**
 * Lets the queue run and measures from when so many are left to when so many are. Both are known by looks at the queue, and it
 * is counted from the last one that still saw more: a short backlog is gone between two looks when the machine is busy.
 */
export async function drainBetween(backlog: Backlog, from: number, to: number): Promise<Drained> {
  const look = async () => ({ left: await backlog.left(), at: performance.now() })
  let start = await look()
  if (start.left <= from)
    throw new Error(`${start.left} jobs wait, and more than ${from} should: there is no start to see`)
  await backlog.resume()
  const end = await until(
    async () => {
      const seen = await look()
      if (seen.left > from) start = seen
      return seen.left <= to && seen
    },
    { timeoutMs: DRAINED_MS, what: `${to} jobs are left` },
  )
  const seconds = (end.at - start.at) / 1_000
  const events = start.left - end.left
  return { events, seconds, perSecond: events / seconds }
}
