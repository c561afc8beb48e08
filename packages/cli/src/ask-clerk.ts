import { askBriefly } from '@rollcall/clerk/ask-briefly'
import type { BackendApi } from '@rollcall/clerk/backend-api'
import { instanceOfKey } from '@rollcall/clerk/instance'
import { countUsersAtClerk } from '@rollcall/clerk/users-count'
import type { ClerkConfig } from './clerk-config.ts'

/** A person waits for it, and Clerk answers within a second or two. */
const CLERK_MS = 5_000

/** Asks Clerk something beside a command's own work, with the key that is set. Rejects with a `PipelineError`. */
export const askClerk = <Result>(
  config: ClerkConfig,
  secretKey: string,
  ask: (api: BackendApi) => Promise<Result>,
): Promise<Result> =>
  askBriefly({ url: config.CLERK_API_URL, secretKey, rateShare: config.CLERK_API_RATE_SHARE, timeoutMs: CLERK_MS }, ask)

/** What a key's instance is, and how many users it has. */
export const lookAtClerk = (config: ClerkConfig, secretKey: string) =>
  askClerk(config, secretKey, async (api) => ({
    instanceId: await instanceOfKey(api),
    users: await countUsersAtClerk(api),
  }))
