import { doctor } from '@rollcall/cli/commands/doctor'
import { newSecret } from '@rollcall/testkit/svix'
import { runHere } from './run-here.ts'

/** What `doctor --json` says. */
export interface Diagnosis {
  readonly code: number | null
  readonly healthy: boolean
  /** A status for each check, by its name, in the order in which they are told. */
  readonly statuses: Readonly<Record<string, string>>
  readonly messages: Readonly<Record<string, string>>
}

export const SECRET = newSecret()

export async function diagnose(folder: string, variables: Record<string, string>): Promise<Diagnosis> {
  const environment = { CLERK_WEBHOOK_SIGNING_SECRET: SECRET, ...variables }
  const { code, stdout } = await runHere(doctor, folder, ['--json'], environment)
  const { healthy, checks } = JSON.parse(stdout) as {
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
