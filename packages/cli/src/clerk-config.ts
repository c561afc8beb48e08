import type { loadConfig } from '@rollcall/shared/config'
import { variables } from '@rollcall/shared/variables'

/** What a command reads that asks Clerk itself. */
export const ClerkConfig = {
  CLERK_SECRET_KEY: variables.CLERK_SECRET_KEY,
  CLERK_API_URL: variables.CLERK_API_URL,
  CLERK_API_RATE_SHARE: variables.CLERK_API_RATE_SHARE,
  CLERK_INSTANCE_ID: variables.CLERK_INSTANCE_ID,
}
export type ClerkConfig = ReturnType<typeof loadConfig<typeof ClerkConfig>>
