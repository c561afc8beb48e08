import { resolve } from 'node:path'
import type { Settings } from '@rollcall/config/settings'
import { WEBHOOK_PATH } from '@rollcall/receiver/config'
import { loadConfig } from '@rollcall/shared/config'
import { variables } from '@rollcall/shared/variables'
import type { Terminal } from '../command.ts'
import { askSecret } from './ask-secret.ts'
import { setInDotEnv } from './dot-env.ts'
import { clerkSteps } from './steps.ts'
import { openTunnel } from './tunnel.ts'

/** How Clerk reaches this machine, and what its endpoint signs with, as far as it was told. */
export interface Connected {
  readonly publicUrl: string
  readonly secret: string | undefined
}

/**
 * Opens a tunnel to a port, says what to type into Clerk's dashboard, and asks for the secret that it shows then, which is
 * written into `.env`. Nobody is asked who is no terminal, or whose environment has a secret.
 */
export async function connectClerk(
  { environment, folder, print, asked, columns }: Terminal,
  tunnelTo: { readonly port: number; readonly domain: string | undefined },
  settings: Settings,
  stop: AbortSignal,
  opened: AsyncDisposableStack,
): Promise<Connected> {
  const { NGROK_AUTHTOKEN: authtoken } = loadConfig({ NGROK_AUTHTOKEN: variables.NGROK_AUTHTOKEN }, environment)
  const tunnel = opened.use(await openTunnel({ ...tunnelTo, authtoken }))
  const publicUrl = `${tunnel.url}${WEBHOOK_PATH}`
  for (const line of ['', ...clerkSteps(publicUrl, settings, columns), '']) print(line)

  const known = environment.CLERK_WEBHOOK_SIGNING_SECRET
  if (known !== undefined || asked === undefined) return { publicUrl, secret: known }
  const secret = await askSecret(asked, stop)
  if (secret !== undefined) {
    await setInDotEnv(resolve(folder, '.env'), 'CLERK_WEBHOOK_SIGNING_SECRET', secret)
    print('  It is in .env now, as CLERK_WEBHOOK_SIGNING_SECRET.')
  }
  return { publicUrl, secret }
}
