import { loadSettings } from '@rollcall/config/load-settings'
import type { Settings } from '@rollcall/config/settings'
import { ConfigError, type Environment, loadConfig } from '@rollcall/shared/config'
import { variables } from '@rollcall/shared/variables'

/** What the console reads from the environment. */
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
  ROLLCALL_CONFIG: variables.ROLLCALL_CONFIG,
  CONSOLE_PORT: variables.CONSOLE_PORT,
  CONSOLE_URL: variables.CONSOLE_URL,
  CONSOLE_TOKEN: variables.CONSOLE_TOKEN,
  CONSOLE_USERNAME: variables.CONSOLE_USERNAME,
  CONSOLE_PASSWORD: variables.CONSOLE_PASSWORD,
  CONSOLE_ALLOWED_USERS: variables.CONSOLE_ALLOWED_USERS,
  CONSOLE_ALLOWED_ORGANIZATION: variables.CONSOLE_ALLOWED_ORGANIZATION,
  CONSOLE_ALLOWED_ROLE: variables.CONSOLE_ALLOWED_ROLE,
  CLERK_PUBLISHABLE_KEY: variables.CLERK_PUBLISHABLE_KEY,
  CLERK_SECRET_KEY: variables.CLERK_SECRET_KEY,
  CLERK_JWT_KEY: variables.CLERK_JWT_KEY,
  CLERK_SIGN_IN_URL: variables.CLERK_SIGN_IN_URL,
  TRUST_PROXY: variables.TRUST_PROXY,
  LOG_LEVEL: variables.LOG_LEVEL,
  SHUTDOWN_GRACE_MS: variables.SHUTDOWN_GRACE_MS,
}
export type Config = ReturnType<typeof loadConfig<typeof Config>>

/** The variables, and what `rollcall.config.ts` says of the mirror. */
export interface ConsoleConfig extends Config {
  readonly settings: Settings
}

/** Half of a way in is a slip, and would leave the console open to this machine where somebody meant to lock it. */
export function needed(present: Environment): readonly string[] {
  const isSet = (name: string) => present[name] !== undefined
  const allowLists = ['CONSOLE_ALLOWED_USERS', 'CONSOLE_ALLOWED_ORGANIZATION', 'CONSOLE_ALLOWED_ROLE']
  return [
    ...(isSet('CONSOLE_USERNAME') || isSet('CONSOLE_PASSWORD') ? ['CONSOLE_USERNAME', 'CONSOLE_PASSWORD'] : []),
    // The secret key alone is there for backfill and reconcile.
    ...(isSet('CLERK_PUBLISHABLE_KEY') || allowLists.some(isSet) ? ['CLERK_PUBLISHABLE_KEY', 'CLERK_SECRET_KEY'] : []),
    ...(isSet('CONSOLE_ALLOWED_ROLE') ? ['CONSOLE_ALLOWED_ORGANIZATION'] : []),
  ]
}

/** Reads both. Throws a `ConfigError`. */
export async function configureConsole(environment: Environment, folder: string): Promise<ConsoleConfig> {
  const config = loadConfig(Config, environment, needed)
  const { CLERK_PUBLISHABLE_KEY, CONSOLE_ALLOWED_USERS, CONSOLE_ALLOWED_ORGANIZATION } = config
  if (CLERK_PUBLISHABLE_KEY && !CONSOLE_ALLOWED_USERS && !CONSOLE_ALLOWED_ORGANIZATION) {
    throw new ConfigError(
      'CLERK_PUBLISHABLE_KEY is set, so people sign in to the console through Clerk, and every user of your app could. Say who may, with CONSOLE_ALLOWED_USERS or CONSOLE_ALLOWED_ORGANIZATION.',
    )
  }
  return { ...config, settings: await loadSettings(config.ROLLCALL_CONFIG, folder) }
}
