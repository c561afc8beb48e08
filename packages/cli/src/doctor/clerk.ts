import { instancesSeen } from '@rollcall/mirror/instances-seen'
import { ConfigError, loadConfig } from '@rollcall/shared/config'
import { PipelineError } from '@rollcall/shared/errors'
import { type Check, failed, passed, warned } from '@rollcall/shared/readiness'
import { lookAtClerk } from '../ask-clerk.ts'
import { ClerkConfig } from '../clerk-config.ts'
import { withMirror } from '../with-mirror.ts'
import { doctorCheck, type Finding, skipped } from './doctor-check.ts'

export const clerk = doctorCheck({
  name: 'clerk',
  needs: ['variables'],
  async examine({ variables, schema }, { environment }): Promise<Finding> {
    const config = readConfig(environment)
    // Told with the other variables.
    if (config instanceof ConfigError) return skipped('variables')
    const { CLERK_SECRET_KEY: secretKey, CLERK_INSTANCE_ID: allowed } = config
    if (secretKey === undefined) {
      const message = 'CLERK_SECRET_KEY is not set: backfill and reconcile, and comparing with Clerk here, need it.'
      return { status: 'skipped', message }
    }
    try {
      const found = await lookAtClerk(config, secretKey)
      const seen = schema ? await withMirror(variables, ({ db }) => instancesSeen(db)) : new Map<string, number>()
      const verdict = judgeKey({ instanceId: found.instanceId, secretKey, allowed, seen })
      const established = { clerk: { ...found, config, secretKey } }
      return { ...verdict, ...(verdict.status === 'passed' && { established }) }
    } catch (error) {
      if (error instanceof PipelineError) return judgeSilentClerk(error)
      throw error
    }
  },
})

function readConfig(environment: Parameters<typeof loadConfig>[1]): ClerkConfig | ConfigError {
  try {
    return loadConfig(ClerkConfig, environment)
  } catch (error) {
    if (error instanceof ConfigError) return error
    throw error
  }
}

/** Judges whose key it is, by the instances that are allowed, else by those whose events came last. */
export function judgeKey(key: {
  readonly instanceId: string
  readonly secretKey: string
  readonly allowed: readonly string[] | undefined
  readonly seen: ReadonlyMap<string, number>
}): Check {
  const { instanceId, secretKey, allowed, seen } = key
  const kind = secretKey.startsWith('sk_live_') ? 'production' : 'development'
  const whose = `CLERK_SECRET_KEY is a ${kind} key, of the instance ${instanceId}`
  const advice = "Take the key of the instance that is mirrored, from Clerk's dashboard, API keys."
  if (allowed && !allowed.includes(instanceId)) {
    return failed(`${whose}, and CLERK_INSTANCE_ID names ${allowed.join(', ')}. ${advice}`)
  }
  if (!allowed && seen.size > 0 && !seen.has(instanceId)) {
    return failed(
      `${whose}, and the newest events are from ${[...seen.keys()].join(', ')}. ${advice} If it is the key that is right, the endpoint belongs to another instance.`,
    )
  }
  return passed(`Clerk's Backend API answers. ${whose}.`)
}

/** A Clerk that is away holds up no webhook; a key that is refused will be refused tomorrow. */
export const judgeSilentClerk = (error: PipelineError): Check =>
  error.code === 'clerk_unavailable'
    ? warned(`${error.message} Backfill and reconcile wait for it; webhooks do not.`)
    : failed(error.message)
