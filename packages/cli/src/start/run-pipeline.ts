import { startOnPort } from '@rollcall/embedded/free-port'
import { configureReceiver, WEBHOOK_PATH } from '@rollcall/receiver/config'
import { startReceiver } from '@rollcall/receiver/receiver'
import { type Environment, loadConfig } from '@rollcall/shared/config'
import type { Logger } from '@rollcall/shared/log'
import { configureWorker } from '@rollcall/worker/config'
import { startWorker } from '@rollcall/worker/worker'
import { migrateDatabase } from '../commands/migrate.ts'
import { InstallationConfig } from '../installation-config.ts'

/** A receiver and a worker that run in this process. */
export interface RunningPipeline {
  readonly webhookUrl: string
  readonly installation: InstallationConfig
  /** Of each, where its `/metrics` are. */
  readonly opsPorts: { readonly receiver: number; readonly worker: number }
}

/**
 * Brings the database up to date and runs both processes' own code here, in the order in which one needs the other; closed
 * the other way round by `opened`. Without a PORT the receiver takes the usual one, or another where that is taken. A folder
 * is where `rollcall.config.ts` is looked for.
 */
export async function runPipeline(
  environment: Environment,
  folder: string,
  logger: (name: 'receiver' | 'worker') => Logger,
  opened: AsyncDisposableStack,
): Promise<RunningPipeline> {
  const installation = loadConfig(InstallationConfig, environment)
  const ofReceiver = configureReceiver(environment)
  const ofWorker = await configureWorker(environment, folder)
  await migrateDatabase(installation, ofWorker.settings.catalog)
  const worker = opened.use(await startWorker(ofWorker, logger('worker')))
  const port = environment.PORT === undefined ? { preferred: ofReceiver.PORT } : ofReceiver.PORT
  const receiver = opened.use(
    await startOnPort(port, (PORT) => startReceiver({ ...ofReceiver, PORT }, logger('receiver'))),
  )
  return {
    webhookUrl: `http://127.0.0.1:${receiver.port}${WEBHOOK_PATH}`,
    installation,
    opsPorts: { receiver: receiver.opsPort, worker: worker.opsPort },
  }
}
