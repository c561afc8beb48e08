import { doctor } from '@rollcall/cli/commands/doctor'
import { newSecret } from '@rollcall/testkit/svix'

/** What `doctor --json` says. */
export interface Diagnosis {
  readonly code: number | null
  readonly healthy: boolean
  /** A status for each check, by its name, in the order in which they are told. */
  readonly statuses: Readonly<Record<string, string>>
  readonly messages: Readonly<Record<string, string>>
}

export const SECRET = newSecret()

/** Asked in this process, which is quicker than one for each; what people see is asked of the command itself. */
export async function diagnose(folder: string, variables: Record<string, string>): Promise<Diagnosis> {
  let printed = ''
  const terminal = {
    environment: { CLERK_WEBHOOK_SIGNING_SECRET: SECRET, ...variables },
    folder,
    columns: undefined,
    print: (line: string) => {
      printed += line
    },
  }
  const code = await doctor.run({ words: [], options: { json: true } }, terminal)
  const { healthy, checks } = JSON.parse(printed) as {
    readonly healthy: boolean
    readonly checks: readonly { readonly name: string; readonly status: string; readonly message: string }[]
  }
  return {
    code,
    healthy,
    statuses: Object.fromEntries(checks.map(({ name, status }) => [name, status])),
    messages: Object.fromEntries(checks.map(({ name, message }) => [name, message])),
  }
}

/** In the order in which they are told. */
export const ALL_PASSED = {
  variables: 'passed',
  configuration: 'passed',
  postgres: 'passed',
  clock: 'passed',
  schema: 'passed',
  grants: 'passed',
  queue: 'passed',
  processes: 'passed',
  clerk: 'passed',
  instances: 'passed',
  users: 'passed',
  silence: 'passed',
  reconcile: 'passed',
  'failed events': 'passed',
  'failed handlers': 'passed',
  'waiting handlers': 'passed',
}

/** Where nothing runs and no key for Clerk is set, and webhooks have come. */
export const AT_REST = { ...ALL_PASSED, processes: 'warned', clerk: 'skipped', users: 'skipped' }
