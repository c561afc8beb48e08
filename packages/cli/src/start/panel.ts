import { styleText } from 'node:util'
import { tunnelHints } from '../connect/steps.ts'

/** What a person needs to know once everything runs. */
export interface Panel {
  readonly webhookUrl: string
  /** Where Clerk reaches the endpoint, through a tunnel that was opened. */
  readonly publicUrl: string | undefined
  readonly consoleUrl: string
  readonly secret: string
  readonly isSecretMadeUp: boolean
  readonly databaseUrl: string
  readonly redisUrl: string | undefined
  readonly schema: string
}

export function panel(facts: Panel): readonly string[] {
  const name = (text: string) => styleText('dim', text.padEnd(12))
  const title = (text: string) => styleText('bold', text)
  return [
    '',
    title('Rollcall is running.'),
    '',
    `  ${name('Endpoint')}${facts.webhookUrl}`,
    ...(facts.publicUrl === undefined ? [] : [`  ${name('Public')}${facts.publicUrl}`]),
    `  ${name('Secret')}${facts.isSecretMadeUp ? `${facts.secret}${styleText('dim', '  (made up for this folder)')}` : HIDDEN}`,
    `  ${name('Console')}${facts.consoleUrl}`,
    `  ${name('Postgres')}psql '${facts.databaseUrl}'`,
    `  ${name('Queue')}${facts.redisUrl ?? 'in Postgres (install redis-server for more than small volumes)'}`,
    '',
    title('Try it'),
    '  pnpm rollcall send user.created',
    '  pnpm rollcall events',
    `  psql '${facts.databaseUrl}' -c 'select id, first_name, primary_email_address from ${facts.schema}.users'`,
    '',
    ...(facts.publicUrl === undefined ? tunnelHints(facts.webhookUrl) : waitingFor(facts)),
    '',
    styleText('dim', 'Ctrl-C stops everything. The log follows.'),
    '',
  ]
}

/** Clerk's own, which opens the endpoint to whoever has it. */
const HIDDEN = 'as CLERK_WEBHOOK_SIGNING_SECRET says'

const waitingFor = ({ isSecretMadeUp }: Panel): readonly string[] => [
  styleText('bold', 'Real webhooks from Clerk'),
  isSecretMadeUp
    ? "  None verifies yet: write the endpoint's secret into .env as CLERK_WEBHOOK_SIGNING_SECRET=whsec_…, and start again."
    : '  Waiting for the first one: sign up in your app, or send an example from the endpoint in the dashboard.',
]
