import { ConfigError, type Environment, loadConfig } from '@rollcall/shared/config'
import { variables } from '@rollcall/shared/variables'

/** Where webhooks are posted to. What people paste into Clerk ends with it. */
export const WEBHOOK_PATH = '/api/webhooks'

/** What taking a webhook needs of the environment, in whosever process. Postgres only where the queue lives there. */
export const WebhookConfig = {
  CLERK_WEBHOOK_SIGNING_SECRET: variables.CLERK_WEBHOOK_SIGNING_SECRET,
  REDIS_URL: variables.REDIS_URL,
  QUEUE_PREFIX: variables.QUEUE_PREFIX,
  QUEUE_SHARDS: variables.QUEUE_SHARDS,
  QUEUE_MIN_REPLICAS: variables.QUEUE_MIN_REPLICAS,
  QUEUE_COMPRESSION: variables.QUEUE_COMPRESSION,
  QUEUE_ENCRYPTION_KEY: variables.QUEUE_ENCRYPTION_KEY,
  DATABASE_URL: variables.DATABASE_URL.optional(),
  DATABASE_SCHEMA: variables.DATABASE_SCHEMA,
  DATABASE_POOL_SIZE: variables.DATABASE_POOL_SIZE,
  LOG_LEVEL: variables.LOG_LEVEL,
}
export type WebhookConfig = ReturnType<typeof loadConfig<typeof WebhookConfig>>

/** What the receiver reads from the environment. */
export const Config = {
  ...WebhookConfig,
  PORT: variables.PORT,
  OPS_PORT: variables.OPS_PORT.default(9_464),
  TRUST_PROXY: variables.TRUST_PROXY,
  ALLOWED_SOURCES: variables.ALLOWED_SOURCES,
  KEEP_ALIVE_TIMEOUT_MS: variables.KEEP_ALIVE_TIMEOUT_MS,
  OTEL_EXPORTER_OTLP_ENDPOINT: variables.OTEL_EXPORTER_OTLP_ENDPOINT,
  OTEL_EXPORTER_OTLP_HEADERS: variables.OTEL_EXPORTER_OTLP_HEADERS,
  OTEL_TRACES_SAMPLER_ARG: variables.OTEL_TRACES_SAMPLER_ARG,
  SHUTDOWN_GRACE_MS: variables.SHUTDOWN_GRACE_MS,
  SHUTDOWN_DRAIN_MS: variables.SHUTDOWN_DRAIN_MS,
}
export type Config = ReturnType<typeof loadConfig<typeof Config>>

export const needed = (present: Environment): readonly string[] => (present.REDIS_URL ? [] : ['DATABASE_URL'])

/** Throws a `ConfigError`. */
export function configureReceiver(environment: Environment): Config {
  const config = loadConfig(Config, environment, needed)
  if (config.ALLOWED_SOURCES && config.TRUST_PROXY === true) {
    throw new ConfigError(
      'ALLOWED_SOURCES is set, and TRUST_PROXY=true believes whatever address a sender writes into X-Forwarded-For. Name your proxies in TRUST_PROXY.',
    )
  }
  return config
}
