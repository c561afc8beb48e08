import type { Delivery } from '@rollcall/shared/delivery'
import type { Check } from '@rollcall/shared/readiness'
import { ErrorCode, type JobType } from 'bullmq'
import type { ConnectedProcesses } from './connected-processes.ts'
import type { DeliveryTraces } from './job-trace.ts'
import { jobIdOf } from './names.ts'
import type { RedisMemory } from './redis-memory.ts'

/** Jobs by the state they are in. `delayed` ones wait for their next attempt. */
export interface QueueCounts {
  readonly waiting: number
  readonly active: number
  readonly delayed: number
  readonly failed: number
}

/** The queue at a moment. */
export interface QueueState {
  readonly counts: QueueCounts
  /** Whether nobody is handed a job, by whom it was told so [Q6]. */
  readonly isPaused: boolean
  /** When the job that is next was put on the queue: whatever waits longer, waits for another attempt. */
  readonly oldestWaitingAt: Date | undefined
}

/** The queue as the receiver and the command line see it, whichever backend it lives in. */
export interface JobQueue {
  readonly backend: 'redis' | 'postgres'
  /** Over how many parts it is split, which fail apart from each other; and which of them a delivery goes to, from 0. */
  readonly shards: number
  shardOf(delivery: Delivery): number
  /**
   * Puts deliveries on the queue; durable once it resolves. A message that the queue still holds is not added again,
   * unless its job has failed: then it runs again [Q2], in the trace that it has. Throws `queue_unavailable` or `queue_full`.
   */
  add(deliveries: readonly Delivery[], traces?: DeliveryTraces): Promise<void>
  /** Removes the jobs of these messages from the failed set, with all that they hold. One that is not there is no error. */
  removeFailed(messageIds: readonly string[]): Promise<void>
  /** Of these messages, those whose jobs are in the failed set. */
  failedAmong(messageIds: readonly string[]): Promise<readonly string[]>
  /** Runs those of these messages again whose jobs are in the failed set, with what their jobs hold; answers which they are. */
  retryFailed(messageIds: readonly string[]): Promise<readonly string[]>
  counts(): Promise<QueueCounts>
  /** Reads no more than a few lengths and one job, however much waits. */
  state(): Promise<QueueState>
  /** Who is connected to the queue; nothing where its server does not show that. */
  connectedProcesses(): Promise<ConnectedProcesses | undefined>
  /** How full Redis is; nothing where the queue is in Postgres. */
  memory(): Promise<RedisMemory | undefined>
  /** No worker is handed a job until it is resumed, whichever process says so; what comes meanwhile waits [Q6]. */
  pause(): Promise<void>
  resume(): Promise<void>
  /** Whether the queue answers, and keeps what it takes. */
  check(): Promise<Check>
  close(): Promise<void>
}

/** What of a BullMQ queue is used here, so that both backends' types fit. */
export interface BullQueue {
  getJob(
    id: string,
  ): Promise<{ retry(state: 'failed', options: RetryOptions): Promise<void>; remove(): Promise<void> } | undefined>
  getJobCounts(...states: JobType[]): Promise<{ [state: string]: number }>
}

interface RetryOptions {
  readonly resetAttemptsMade: boolean
  readonly resetAttemptsStarted: boolean
}

/**
 * Runs jobs again that have failed, because their messages have been delivered again.
 *
 * BullMQ ignores an id that it holds in any state, failed included, and says so only in an event that a worker could
 * miss. Whoever adds asks for the failed ones before the sender is answered, which makes a resend from Clerk's dashboard
 * as certain as a first delivery. A job discarded between the question and the retry throws, and the sender tries again.
 */
export async function retryJobs(queue: BullQueue, ids: readonly string[]): Promise<void> {
  await Promise.all([...new Set(ids)].map((id) => retry(queue, id)))
}

async function retry(queue: BullQueue, id: string): Promise<void> {
  const job = await queue.getJob(id)
  if (!job) throw new Error(`job ${id} was discarded while its message was delivered again`)
  try {
    await job.retry('failed', { resetAttemptsMade: true, resetAttemptsStarted: true })
  } catch (error) {
    // Another delivery of the same message made it run again meanwhile, which is all that this one wants.
    if ((error as { code?: unknown }).code !== ErrorCode.JobNotInState) throw error
  }
}

/** Of these messages, those whose jobs have failed, as a backend tells it of jobs. */
export async function failedMessages(
  failedAmong: (jobIds: readonly string[]) => Promise<readonly string[]>,
  messageIds: readonly string[],
): Promise<readonly string[]> {
  const failed = new Set(await failedAmong(messageIds.map(jobIdOf)))
  return messageIds.filter((id) => failed.has(jobIdOf(id)))
}

export async function retryFailedJobs(
  queue: BullQueue,
  failedAmong: (jobIds: readonly string[]) => Promise<readonly string[]>,
  messageIds: readonly string[],
): Promise<readonly string[]> {
  const failed = await failedMessages(failedAmong, messageIds)
  await Promise.all(failed.map((id) => retry(queue, jobIdOf(id))))
  return failed
}

/** One that runs again meanwhile is left: whoever retried it wants it, and it ends as what it is about has. */
export async function removeFailedJobs(
  queue: BullQueue,
  failedAmong: (jobIds: readonly string[]) => Promise<readonly string[]>,
  messageIds: readonly string[],
): Promise<void> {
  const failed = await failedAmong(messageIds.map(jobIdOf))
  await Promise.all(failed.map(async (id) => (await queue.getJob(id))?.remove()))
}

/** What BullMQ calls the waiting jobs of a paused queue in Postgres, though its types do not know; in Redis they wait as ever. */
const PAUSED = 'paused' as JobType

export async function countJobs(queue: BullQueue): Promise<QueueCounts> {
  const counts = await queue.getJobCounts('waiting', PAUSED, 'active', 'delayed', 'failed')
  return {
    waiting: (counts.waiting ?? 0) + (counts.paused ?? 0),
    active: counts.active ?? 0,
    delayed: counts.delayed ?? 0,
    failed: counts.failed ?? 0,
  }
}
