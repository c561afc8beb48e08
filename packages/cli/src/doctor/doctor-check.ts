import type { Settings } from '@rollcall/config/settings'
import type { Check } from '@rollcall/shared/readiness'
import type { ClerkConfig } from '../clerk-config.ts'
import type { Terminal } from '../command.ts'
import type { InstallationConfig } from '../installation-config.ts'

/** What checks establish for those after them, each under its own name. */
export interface Established {
  readonly variables: InstallationConfig
  readonly configuration: Settings
  readonly postgres: true
  readonly schema: true
  readonly queue: true
  readonly clerk: KnownClerk
}

/** The Clerk instance that is mirrored, as it answered. */
export interface KnownClerk {
  readonly instanceId: string
  readonly users: number
  readonly config: ClerkConfig
  readonly secretKey: string
}

/** What a check came to, with a sentence. `skipped`: it could not be made, because of one before it or of what is not set. */
export interface Verdict {
  readonly status: Check['status'] | 'skipped'
  readonly message: string
}

/** A verdict, and what the checks after it can count on. */
export interface Finding extends Verdict {
  readonly established?: Partial<Established>
}

export const skipped = (need: keyof Established): Verdict => ({
  status: 'skipped',
  message: `Cannot be told before ${need} passes.`,
})

/** One thing that `doctor` looks at. */
export interface DoctorCheck<Need extends keyof Established = keyof Established> {
  readonly name: string
  /** Checks before it that have to establish something; otherwise it cannot be made. */
  readonly needs: readonly Need[]
  /** Gathers what there is to know, and judges it. What it throws has failed, for the reason that it says. */
  examine(established: Partial<Established> & Pick<Established, Need>, terminal: Terminal): Promise<Finding>
}

/** A check that may only look at what it says it needs. */
export const doctorCheck = <Need extends keyof Established = never>(check: DoctorCheck<Need>): DoctorCheck =>
  check as DoctorCheck
