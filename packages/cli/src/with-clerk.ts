import { type BackendApi, openBackendApi } from '@rollcall/clerk/backend-api'
import { type Instance, identifyInstance } from '@rollcall/clerk/instance'
import { rateFor } from '@rollcall/clerk/rate-limit'
import { loadSettings } from '@rollcall/config/load-settings'
import type { Mirror } from '@rollcall/mirror/database'
import type { Catalog } from '@rollcall/resources/catalog'
import { loadConfig } from '@rollcall/shared/config'
import { keepHeapSmall } from '@rollcall/shared/small-heap'
import { ClerkConfig } from './clerk-config.ts'
import { CommandError, type Terminal } from './command.ts'
import { InstallationConfig } from './installation-config.ts'
import { interruptible } from './interruptible.ts'
import { withMirror } from './with-mirror.ts'

const Config = {
  ...InstallationConfig,
  ...ClerkConfig,
  CLERK_SECRET_KEY: ClerkConfig.CLERK_SECRET_KEY.unwrap(),
}

/** What a command has that reads Clerk into the mirror. */
export interface WithClerk {
  readonly installation: InstallationConfig
  readonly mirror: Mirror
  readonly catalog: Catalog
  readonly api: BackendApi
  readonly instance: Instance
  readonly stop: AbortSignal
}

/** Of a long run of pages: 40,000 users took 270 MB with V8's own policy, 200 so, and were not faster. */
const HEAP_GROWING_PERCENT = 50

/** One connection that holds the lock, one that writes. */
const CONNECTIONS = 2

/**
 * Opens the mirror and Clerk's Backend API for one command, and closes them again. Ctrl-C ends it between two pages, with
 * what was written kept; `stopped` says then what became of it, and how it goes on.
 */
export async function withClerk<Result>(
  { environment, folder }: Terminal,
  stopped: string,
  work: (opened: WithClerk) => Promise<Result>,
): Promise<Result> {
  keepHeapSmall(HEAP_GROWING_PERCENT)
  const config = loadConfig(Config, environment)
  const { catalog } = await loadSettings(config.ROLLCALL_CONFIG, folder)
  return interruptible(async (stop) => {
    const api = openBackendApi({
      url: config.CLERK_API_URL,
      secretKey: config.CLERK_SECRET_KEY,
      rate: rateFor(config.CLERK_SECRET_KEY, config.CLERK_API_RATE_SHARE),
      stop,
    })
    return withMirror(
      config,
      async (mirror) => {
        const instance = await identifyInstance(api, mirror, catalog, config.CLERK_INSTANCE_ID)
        return work({ installation: config, mirror, catalog, api, instance, stop })
      },
      CONNECTIONS,
    )
  }, new CommandError('Stopped.', stopped))
}
