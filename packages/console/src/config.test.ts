import { tmpdir } from 'node:os'
import { expect, test } from 'vitest'
import { configureConsole } from './config.ts'

const DATABASE_URL = 'postgres://localhost/app'
const CLERK = { CLERK_PUBLISHABLE_KEY: `pk_test_${btoa('a.clerk.accounts.dev$')}`, CLERK_SECRET_KEY: 'sk_test_x' }
const configure = (variables: Readonly<Record<string, string>>) =>
  configureConsole({ DATABASE_URL, ...variables }, tmpdir())

test('[X3] with Clerk and without a list the console does not start: every user of the app could come in', async () => {
  await expect(configure(CLERK)).rejects.toThrow(/every user of your app could/)
  await expect(configure({ ...CLERK, CONSOLE_ALLOWED_USERS: 'user_ada' })).resolves.toBeDefined()
  await expect(configure({ ...CLERK, CONSOLE_ALLOWED_ORGANIZATION: 'org_ops' })).resolves.toBeDefined()
})

test.each([
  [{ CONSOLE_USERNAME: 'ada' }, /CONSOLE_PASSWORD: is not set/],
  [{ CONSOLE_PASSWORD: 'correct horse' }, /CONSOLE_USERNAME: is not set/],
  [{ CONSOLE_ALLOWED_USERS: 'user_ada' }, /CLERK_PUBLISHABLE_KEY: is not set/],
  [{ ...CLERK, CONSOLE_ALLOWED_ROLE: 'org:admin' }, /CONSOLE_ALLOWED_ORGANIZATION: is not set/],
  [{ CONSOLE_TOKEN: 'short' }, /CONSOLE_TOKEN: must be 32 characters or more/],
  [{ CONSOLE_USERNAME: 'ada', CONSOLE_PASSWORD: 'short' }, /CONSOLE_PASSWORD: must be 12 characters or more/],
])('[X2] half of a way in is none: %o', async (variables, problem) => {
  await expect(configure(variables as Record<string, string>)).rejects.toThrow(problem)
})

test('[X2] the secret key alone, which is there for backfill, asks for nothing else', async () => {
  await expect(configure({ CLERK_SECRET_KEY: 'sk_test_x' })).resolves.toBeDefined()
})
