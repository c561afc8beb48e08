import type { loadConfig } from '@rollcall/shared/config'
import { variables } from '@rollcall/shared/variables'

/** What the worker reads from the environment. */
export const Config = {
  DATABASE_URL: variables.DATABASE_URL,
  DATABASE_SCHEMA: variables.DATABASE_SCHEMA,
  DATABASE_POOL_SIZE: variables.DATABASE_POOL_SIZE,
  REDIS_URL: variables.REDIS_URL,
  QUEUE_PREFIX: variables.QUEUE_PREFIX,
  CLERK_INSTANCE_ID: variables.CLERK_INSTANCE_ID,
  EVENT_BODIES: variables.EVENT_BODIES,
  BATCH_SIZE: variables.BATCH_SIZE,
  BATCHES_IN_FLIGHT: variables.BATCHES_IN_FLIGHT,
  JOB_LOCK_MS: variables.JOB_LOCK_MS,
  OPS_PORT: variables.OPS_PORT.default(9_465),
  LOG_LEVEL: variables.LOG_LEVEL,
  SHUTDOWN_GRACE_MS: variables.SHUTDOWN_GRACE_MS,
}
export type Config = ReturnType<typeof loadConfig<typeof Config>>
