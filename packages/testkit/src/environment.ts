/**
 * Which services the tests of a run use. Read once, by the global setup.
 *
 * - `TEST_DATABASE_URL`, `TEST_REDIS_URL`: servers that are there already; the tests make databases and queues of their own.
 * - `TEST_SERVICES`: `containers` or `embedded`, for everything else. Unset: containers where they can be had, else embedded.
 */
export interface TestEnvironment {
  readonly databaseUrl?: string | undefined
  readonly redisUrl?: string | undefined
  readonly services?: ServiceKind | undefined
}

export const SERVICE_KINDS = ['containers', 'embedded'] as const
export type ServiceKind = (typeof SERVICE_KINDS)[number]

export function readTestEnvironment(env: Readonly<Record<string, string | undefined>>): TestEnvironment {
  const asked = env.TEST_SERVICES || undefined
  const services = SERVICE_KINDS.find((kind) => kind === asked)
  if (asked && !services) throw new Error(`TEST_SERVICES must be ${SERVICE_KINDS.join(' or ')}.`)
  return { databaseUrl: env.TEST_DATABASE_URL || undefined, redisUrl: env.TEST_REDIS_URL || undefined, services }
}
