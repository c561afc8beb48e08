import { z } from 'zod'
import { isOrigin } from './urls.ts'
import { listOf, port } from './variable-values.ts'

/** The variables that only the console reads: where it is, and who may see it. */
export const consoleVariables = {
  CONSOLE_PORT: port.default(3_001).describe("The console's port."),
  CONSOLE_URL: z
    .string()
    .refine(isOrigin, { error: 'must be an http:// or https:// address without a path, https://console.example.com' })
    .transform((url) => new URL(url).origin)
    .optional()
    .describe(
      'Where people reach the console, `https://console.example.com`. Unset: as their browsers say. Set it where a proxy changes the host, and with Clerk, whose session tokens are then taken for this address only.',
    ),
  CONSOLE_TOKEN: z
    .string()
    .min(32, { error: 'must be 32 characters or more; `openssl rand -hex 24` makes one' })
    .optional()
    .describe('Lets into the console who has it, typed in or as `Authorization: Bearer …`. 32 characters or more.'),
  CONSOLE_USERNAME: z
    .string()
    .regex(/^[^\s:]{1,100}$/, { error: 'must be 1 to 100 characters, without a colon and without spaces' })
    .optional()
    .describe('A name that lets into the console together with `CONSOLE_PASSWORD`; it stands in the audit log.'),
  CONSOLE_PASSWORD: z
    .string()
    .min(12, { error: 'must be 12 characters or more' })
    .optional()
    .describe('The password of `CONSOLE_USERNAME`, typed in or as basic credentials. 12 characters or more.'),
  CONSOLE_ALLOWED_USERS: z
    .string()
    .transform(listOf)
    .refine((users) => users.length > 0 && users.every((user) => /^user_\w+$/.test(user)), {
      error: 'must be one or more ids of users, user_…, separated by commas or spaces',
    })
    .optional()
    .describe('Who may sign in to the console through Clerk: ids of users, separated by commas or spaces.'),
  CONSOLE_ALLOWED_ORGANIZATION: z
    .string()
    .regex(/^org_\w+$/, { error: 'must be the id of an organization, org_…' })
    .optional()
    .describe(
      'Who may sign in to the console through Clerk: members of this organization, while it is their active one.',
    ),
  CONSOLE_ALLOWED_ROLE: z
    .string()
    .regex(/^[\w:-]+$/, { error: 'must be the key of a role, org:admin' })
    .optional()
    .describe('…and of those only who has this role in it, `org:admin`.'),
}
