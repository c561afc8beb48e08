import { styleText } from 'node:util'

/** What a person needs to know once everything runs. */
export interface Panel {
  readonly webhookUrl: string
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
    `  ${name('Secret')}${facts.secret}${facts.isSecretMadeUp ? styleText('dim', '  (made up for this folder)') : ''}`,
    `  ${name('Console')}${facts.consoleUrl}`,
    `  ${name('Postgres')}psql '${facts.databaseUrl}'`,
    `  ${name('Queue')}${facts.redisUrl ?? 'in Postgres (install redis-server for more than small volumes)'}`,
    '',
    title('Try it'),
    '  pnpm rollcall send user.created',
    '  pnpm rollcall events',
    `  psql '${facts.databaseUrl}' -c 'select id, first_name, primary_email_address from ${facts.schema}.users'`,
    '',
    title('Connect Clerk'),
    `  1. Give Clerk a public address of the endpoint, for example with a tunnel to ${new URL(facts.webhookUrl).host}.`,
    '  2. Clerk dashboard, Webhooks, Add endpoint: paste that address with /api/webhooks, choose the events.',
    '  3. Put its signing secret into .env as CLERK_WEBHOOK_SIGNING_SECRET=whsec_… and start again.',
    '',
    styleText('dim', 'Ctrl-C stops everything. The log follows.'),
    '',
  ]
}
