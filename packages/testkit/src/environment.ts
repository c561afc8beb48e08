/**
 * Which services the tests of a run use. Read once, by the global setup.
 *
 * - `TEST_DATABASE_URL`, `TEST_REDIS_URL`: servers that are there already; the tests make databases, roles and queues of their own.
 * - `TEST_SERVICES`: `containers` or `embedded`, for everything else. Unset: containers where they can be had, else embedded.
 *   `secured`: what all tests share is embedded, behind a PgBouncer in transaction mode and over TLS.
 */
export interface TestEnvironment {
  readonly databaseUrl?: string | undefined
  readonly redisUrl?: string | undefined
  readonly services?: ServiceKind | undefined
  readonly secured: boolean
}

export const SERVICE_KINDS = ['containers', 'embedded'] as const
export type ServiceKind = (typeof SERVICE_KINDS)[number]

export function readTestEnvironment(env: Readonly<Record<string, string | undefined>>): TestEnvironment {
  const asked = env.TEST_SERVICES || undefined
  const secured = asked === 'secured'
  const services = secured ? 'embedded' : SERVICE_KINDS.find((kind) => kind === asked)
  if (asked && !services) throw new Error(`TEST_SERVICES must be ${SERVICE_KINDS.join(', ')} or secured.`)
  const servers = { databaseUrl: env.TEST_DATABASE_URL || undefined, redisUrl: env.TEST_REDIS_URL || undefined }
  if (secured && (servers.databaseUrl || servers.redisUrl)) {
    throw new Error('TEST_SERVICES=secured brings its own servers: unset TEST_DATABASE_URL and TEST_REDIS_URL.')
  }
  return { ...servers, services, secured }
}
