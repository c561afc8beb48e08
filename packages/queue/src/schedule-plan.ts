import { isDeepStrictEqual } from 'node:util'
import type { SchedulingQueue } from './schedule-queue.ts'

/** When something is due, in cron's notation, and the time zone in which that is meant. */
export interface Schedule {
  readonly pattern: string
  readonly timezone: string
}

/** Failures at Clerk's or of a server pass; three tries span half an hour, and the next is due by the schedule anyway. */
const JOB_OPTIONS = {
  attempts: 3,
  backoff: { type: 'exponential', delay: 600_000 },
  removeOnComplete: true,
  removeOnFail: { count: 10 },
} as const

/** Has it that what `name` names is due by this schedule, and moves nothing where it is so already. */
export async function planBy(queue: SchedulingQueue, name: string, schedule: Schedule): Promise<void> {
  if (!(await isPlannedBy(queue, name, schedule))) await plan(queue, name, schedule)
}

/** The same for what was planned before, by this schedule or by that of a process which started later. */
export async function keepPlanned(queue: SchedulingQueue, name: string, schedule: Schedule): Promise<void> {
  const isPlanned = (await queue.getJobScheduler(name)) && (await goesOn(queue))
  if (!isPlanned) await plan(queue, name, schedule)
}

async function isPlannedBy(queue: SchedulingQueue, name: string, schedule: Schedule): Promise<boolean> {
  const planned = await queue.getJobScheduler(name)
  return (
    planned?.pattern === schedule.pattern &&
    planned.tz === schedule.timezone &&
    isDeepStrictEqual(planned.template?.opts, JOB_OPTIONS) &&
    (await goesOn(queue))
  )
}

/**
 * Each job adds the next as it is taken up, so that there is always one. BullMQ may drop that thread and keep the plan: where
 * two processes plan at one moment in Postgres, on either side of the time that is planned, or a job has stalled too often.
 */
const goesOn = async (queue: SchedulingQueue): Promise<boolean> =>
  (await queue.getJobCountByTypes('waiting', 'delayed', 'active')) > 0

async function plan(queue: SchedulingQueue, name: string, schedule: Schedule): Promise<void> {
  const { pattern, timezone: tz } = schedule
  try {
    await queue.upsertJobScheduler(name, { pattern, tz }, { name, opts: JOB_OPTIONS })
  } catch (error) {
    // Another process did it meanwhile, and BullMQ refuses to have it twice.
    if (!(await isPlannedBy(queue, name, schedule))) throw error
  }
}
