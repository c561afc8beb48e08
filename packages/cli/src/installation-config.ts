import type { loadConfig } from '@rollcall/shared/config'
import { variables } from '@rollcall/shared/variables'

/** Where an installation keeps its rows and its queue: what a command reads that is about both. */
export const InstallationConfig = {
  DATABASE_URL: variables.DATABASE_URL,
  DATABASE_SCHEMA: variables.DATABASE_SCHEMA,
  DATABASE_POOL_SIZE: variables.DATABASE_POOL_SIZE,
  REDIS_URL: variables.REDIS_URL,
  QUEUE_PREFIX: variables.QUEUE_PREFIX,
  QUEUE_SHARDS: variables.QUEUE_SHARDS,
  QUEUE_MIN_REPLICAS: variables.QUEUE_MIN_REPLICAS,
  QUEUE_COMPRESSION: variables.QUEUE_COMPRESSION,
  QUEUE_ENCRYPTION_KEY: variables.QUEUE_ENCRYPTION_KEY,
  ROLLCALL_CONFIG: variables.ROLLCALL_CONFIG,
}
export type InstallationConfig = ReturnType<typeof loadConfig<typeof InstallationConfig>>
