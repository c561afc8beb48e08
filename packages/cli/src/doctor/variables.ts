import { Config as ReceiverConfig } from '@rollcall/receiver/config'
import { ConfigError, loadConfig } from '@rollcall/shared/config'
import { failed, passed, warned } from '@rollcall/shared/readiness'
import { variables as all } from '@rollcall/shared/variables'
import { Config as WorkerConfig } from '@rollcall/worker/config'
import { InstallationConfig } from '../installation-config.ts'
import { doctorCheck, type Finding } from './doctor-check.ts'

/** All that any process reads. The secret is the receiver's alone, and need not be where a worker is examined. */
const Everything = {
  ...ReceiverConfig,
  ...WorkerConfig,
  ...InstallationConfig,
  CLERK_WEBHOOK_SIGNING_SECRET: all.CLERK_WEBHOOK_SIGNING_SECRET.optional(),
}

export const variables = doctorCheck({
  name: 'variables',
  needs: [],
  async examine(_established, { environment }): Promise<Finding> {
    const whole = attempt(() => loadConfig(Everything, environment))
    // One that is wrong, but says nothing of where things are, does not keep the other checks from being made.
    const installation = attempt(() => loadConfig(InstallationConfig, environment))
    const verdict =
      whole instanceof ConfigError
        ? failed(whole.message)
        : judgeSecret(whole.CLERK_WEBHOOK_SIGNING_SECRET !== undefined)
    return { ...verdict, ...(!(installation instanceof ConfigError) && { established: { variables: installation } }) }
  },
})

const judgeSecret = (isSet: boolean) =>
  isSet
    ? passed('Every variable that is set can be used.')
    : warned(
        "CLERK_WEBHOOK_SIGNING_SECRET is not set here, and the receiver does not start without it: copy it from the endpoint in Clerk's dashboard, Webhooks. The others can be used.",
      )

function attempt<Value>(load: () => Value): Value | ConfigError {
  try {
    return load()
  } catch (error) {
    if (error instanceof ConfigError) return error
    throw error
  }
}
