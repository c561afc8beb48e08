import type { RollcallConfig } from '@rollcall/config/define-config'
import type { AppPool } from './app-pool.ts'
import type { ClerkClient } from './clerk-client.ts'

export interface RollcallOptions {
  /** The mirror's Postgres: its URL, or a pool of `pg` that the app has already, which stays the app's to close. */
  readonly database: string | AppPool
  /** What `createClerkClient` of `@clerk/backend` or `@clerk/express` makes, with the key of the mirrored instance. */
  readonly clerkClient: ClerkClient
  /** Where the mirror lives: `DATABASE_SCHEMA` of the worker, `clerk` unless given. */
  readonly schema?: string | undefined
  /** The default export of the worker's `rollcall.config.ts`. Without it, what that leaves out would be written here. */
  readonly config?: RollcallConfig | undefined
  /** The Clerk instance that written rows are of. What the mirror's rows agree on, unless given. */
  readonly instanceId?: string | undefined
  /** The most connections to a URL's database; 5 unless given. */
  readonly poolSize?: number | undefined
  /** The longest that a call takes, in milliseconds; 5,000 unless given. */
  readonly deadlineMs?: number | undefined
}
