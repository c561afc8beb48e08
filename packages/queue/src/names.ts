import type { JobsOptions } from 'bullmq'

/** The queue's name within its prefix. */
export const QUEUE = 'webhooks'

/** Every job's name. The event's type is in its body, at which the receiver does not look [R6]. */
export const JOB = 'webhook'

/** Failed jobs are kept as long as Svix keeps a payload for resending (90 days); their bodies are in the ledger too. */
const FAILED_KEPT_SECONDS = 90 * 24 * 60 * 60

/** …but no more than this many, so that a flood of broken events cannot fill Redis: some 85 MB at 1.7 KB each. */
const FAILED_KEPT = 50_000

/**
 * - Attempts are spent by failures that nobody understands only. Ten of them, doubling from a second, span 8.5 minutes.
 * - A finished job leaves at once: the ledger knows what was applied, so the queue need not remember it.
 */
export const JOB_OPTIONS = {
  attempts: 10,
  backoff: { type: 'exponential', delay: 1_000, jitter: 0.25 },
  removeOnComplete: true,
  removeOnFail: { age: FAILED_KEPT_SECONDS, count: FAILED_KEPT },
  stackTraceLimit: 1,
} as const satisfies JobsOptions

/**
 * What is a job's id as it stands. BullMQ takes no colon and no number, and a job of the id `wait` or `meta` would be kept
 * under the name of one of the queue's own keys; none of them begins like Svix's ids.
 */
const PLAIN_ID = /^msg_[\w.-]{0,199}$/

/**
 * The job's id for a Svix message id. The two are the same for every id that Svix makes (`msg_…`); anything else that
 * a valid signature carries is encoded, because a webhook that verifies is never refused for what it says [R5].
 */
export const jobIdOf = (messageId: string): string =>
  PLAIN_ID.test(messageId) ? messageId : `encoded-${Buffer.from(messageId).toString('base64url')}`
