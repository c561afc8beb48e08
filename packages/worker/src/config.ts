import { loadSettings } from '@rollcall/config/load-settings'
import type { Settings } from '@rollcall/config/settings'
import { type Environment, loadConfig } from '@rollcall/shared/config'
import { variables } from '@rollcall/shared/variables'

/** What the worker reads from the environment. */
export const Config = {
  DATABASE_URL: variables.DATABASE_URL,
  DATABASE_SCHEMA: variables.DATABASE_SCHEMA,
  DATABASE_POOL_SIZE: variables.DATABASE_POOL_SIZE,
  REDIS_URL: variables.REDIS_URL,
  QUEUE_PREFIX: variables.QUEUE_PREFIX,
  QUEUE_SHARDS: variables.QUEUE_SHARDS,
  QUEUE_MIN_REPLICAS: variables.QUEUE_MIN_REPLICAS,
  QUEUE_COMPRESSION: variables.QUEUE_COMPRESSION,
  QUEUE_ENCRYPTION_KEY: variables.QUEUE_ENCRYPTION_KEY,
  CLERK_INSTANCE_ID: variables.CLERK_INSTANCE_ID,
  CLERK_SECRET_KEY: variables.CLERK_SECRET_KEY,
  CLERK_API_URL: variables.CLERK_API_URL,
  CLERK_API_RATE_SHARE: variables.CLERK_API_RATE_SHARE,
  ROLLCALL_CONFIG: variables.ROLLCALL_CONFIG,
  EVENT_BODIES: variables.EVENT_BODIES,
  HANDLERS_IN_FLIGHT: variables.HANDLERS_IN_FLIGHT,
  HANDLER_TIMEOUT_MS: variables.HANDLER_TIMEOUT_MS,
  BATCH_SIZE: variables.BATCH_SIZE,
  BATCHES_IN_FLIGHT: variables.BATCHES_IN_FLIGHT,
  JOB_LOCK_MS: variables.JOB_LOCK_MS,
  OPS_PORT: variables.OPS_PORT.default(9_465),
  OTEL_EXPORTER_OTLP_ENDPOINT: variables.OTEL_EXPORTER_OTLP_ENDPOINT,
  OTEL_EXPORTER_OTLP_HEADERS: variables.OTEL_EXPORTER_OTLP_HEADERS,
  OTEL_TRACES_SAMPLER_ARG: variables.OTEL_TRACES_SAMPLER_ARG,
  LOG_LEVEL: variables.LOG_LEVEL,
  SHUTDOWN_GRACE_MS: variables.SHUTDOWN_GRACE_MS,
}
export type Config = ReturnType<typeof loadConfig<typeof Config>>

/** The variables, and what `rollcall.config.ts` says. */
export interface WorkerConfig extends Config {
  readonly settings: Settings
}

/** Reads both. Throws a `ConfigError`. */
export async function configureWorker(environment: Environment, folder: string): Promise<WorkerConfig> {
  const { ROLLCALL_CONFIG } = loadConfig(Config, environment)
  const settings = await loadSettings(ROLLCALL_CONFIG, folder)
  // A schedule for reconcile asks Clerk.
  const config = loadConfig(Config, environment, () => (settings.reconcile ? ['CLERK_SECRET_KEY'] : []))
  return { ...config, settings }
}
