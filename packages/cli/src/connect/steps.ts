import { styleText } from 'node:util'
import type { Settings } from '@rollcall/config/settings'
import { wrap } from '../wrap.ts'

/** Where Clerk's dashboard has webhooks, whichever app is the last that was looked at. */
const DASHBOARD = 'https://dashboard.clerk.com/last-active?path=webhooks'

/** The event types that a configuration has a use for: of what is mirrored, and of handlers. Sorted, by what they are about. */
export function neededEvents({ catalog, handlers }: Settings): ReadonlyMap<string, readonly string[]> {
  const types = new Set([...catalog.mirrored.flatMap((resource) => Object.keys(resource.events)), ...handlers.keys()])
  const bySubject = Map.groupBy([...types].sort(), (type) => type.split('.', 1)[0]!)
  return new Map([...bySubject].map(([subject, each]) => [subject, each.map((type) => type.slice(subject.length + 1))]))
}

/** Clerk's own steps for an endpoint, with what to type at each. */
export function clerkSteps(endpoint: string, settings: Settings, columns: number | undefined): readonly string[] {
  const events = [...neededEvents(settings)].map(([subject, verbs]) => `${subject}: ${verbs.join(', ')}`)
  return [
    styleText('bold', 'Connect Clerk'),
    `  1. Open ${DASHBOARD} and choose Add Endpoint.`,
    `     Endpoint URL:  ${styleText('bold', endpoint)}`,
    '  2. Subscribe to these events, by their groups:',
    ...events.flatMap((line) => wrap(`       ${line}`, columns)),
    '  3. Choose Create, and copy the Signing Secret that the endpoint shows.',
  ]
}

/** For whoever has no tunnel yet. */
export function tunnelHints(webhookUrl: string): readonly string[] {
  const { origin } = new URL(webhookUrl)
  return [
    styleText('bold', 'Real webhooks from Clerk'),
    `  ${styleText('dim', 'ngrok        ')}pnpm rollcall start --tunnel ngrok   (with NGROK_AUTHTOKEN in .env)`,
    `  ${styleText('dim', "Clerk's CLI  ")}clerk webhooks listen --forward-to ${webhookUrl}`,
    `  ${styleText('dim', 'cloudflared  ')}cloudflared tunnel --url ${origin}`,
    "  With the last two: add the address that they print, with /api/webhooks, as an endpoint in Clerk's dashboard, and write",
    '  its signing secret into .env as CLERK_WEBHOOK_SIGNING_SECRET=whsec_… before you start again.',
  ]
}
