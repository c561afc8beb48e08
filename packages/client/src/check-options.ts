import { checkConfig } from '@rollcall/config/check-config'
import type { Catalog } from '@rollcall/resources/catalog'
import { resources } from '@rollcall/resources/registry'
import { databaseUrlProblem } from '@rollcall/shared/database-address'
import { variables } from '@rollcall/shared/variables'
import { RollcallError } from './rollcall-error.ts'
import type { RollcallOptions } from './rollcall-options.ts'

/** The options, checked, and with what they do not say filled in. */
export interface CheckedOptions extends Pick<RollcallOptions, 'database' | 'clerkClient'> {
  readonly schema: string
  readonly catalog: Catalog
  readonly instanceId: string | undefined
  readonly poolSize: number
  readonly deadlineMs: number
}

/** One query by primary key a request, in well under a millisecond each: five do thousands in a second. */
const POOL_SIZE = 5
const MOST_CONNECTIONS = 1_000

/** Longer than Clerk's slow answers take, and within what people wait for a page. */
const DEADLINE_MS = 5_000
/** No web server waits for longer; what is beyond it is a slip. */
const LONGEST_DEADLINE_MS = 600_000

/** Reports all that is wrong together, by name and never with a value: a database URL holds a password [N6]. */
export function checkOptions(options: RollcallOptions): CheckedOptions {
  const problems: string[] = []
  const { database, clerkClient, instanceId, poolSize = POOL_SIZE, deadlineMs = DEADLINE_MS } = options

  const databaseProblem = problemOf(database)
  if (databaseProblem) problems.push(`database: ${databaseProblem}`)

  for (const [api, method] of [
    ['users', 'getUser'],
    ['organizations', 'getOrganization'],
  ] as const) {
    const functions = clerkClient?.[api] as Readonly<Record<string, unknown>> | undefined
    if (typeof functions?.[method] !== 'function')
      problems.push(`clerkClient: has no ${api}.${method}; make it with createClerkClient of @clerk/backend.`)
  }

  const schema = variables.DATABASE_SCHEMA.safeParse(options.schema)
  if (!schema.success) problems.push(...schema.error.issues.map(({ message }) => `schema: ${message}.`))
  if (instanceId !== undefined && !isName(instanceId)) problems.push('instanceId: must be one instance id, ins_….')
  if (!isWhole(poolSize, MOST_CONNECTIONS))
    problems.push(`poolSize: must be a whole number from 1 to ${MOST_CONNECTIONS}.`)
  if (!isWhole(deadlineMs, LONGEST_DEADLINE_MS))
    problems.push(`deadlineMs: must be a whole number of milliseconds from 1 to ${LONGEST_DEADLINE_MS}.`)

  const config = checkConfig(options.config, resources)
  if ('problems' in config) problems.push(...config.problems.map((problem) => `config: ${problem}`))

  if (problems.length > 0 || !schema.success || 'problems' in config) {
    throw new RollcallError(
      'config_invalid',
      ['createRollcall cannot work with these options:', ...problems.map((problem) => `  ${problem}`)].join('\n'),
    )
  }
  const { catalog } = config.settings
  return { database, clerkClient, schema: schema.data, catalog, instanceId, poolSize, deadlineMs }
}

function problemOf(database: RollcallOptions['database'] | undefined): string | undefined {
  if (typeof database === 'string') return databaseUrlProblem(database)
  return typeof database?.connect === 'function'
    ? undefined
    : `must be a postgres:// URL or a Pool of pg.${unset(database)}`
}

const unset = (value: unknown): string => (value === undefined ? ' It is undefined: is its variable set?' : '')

const isName = (value: unknown): boolean => typeof value === 'string' && /^\w+$/.test(value)

const isWhole = (value: unknown, most: number): boolean =>
  typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= most
