import type { Logger } from '@rollcall/shared/log'
import { configureReceiver, WEBHOOK_PATH } from './config.ts'
import { startReceiver } from './receiver.ts'

export interface TestReceiver extends AsyncDisposable {
  readonly webhookUrl: string
  readonly readyUrl: string
  /** What `/metrics` answers. */
  metrics(): Promise<string>
}

/** A whole receiver on free ports, configured as a process is: by variables. */
export async function startTestReceiver(
  variables: Readonly<Record<string, string>>,
  log: Logger,
): Promise<TestReceiver> {
  const config = configureReceiver({ PORT: '0', OPS_PORT: '0', ...variables })
  const receiver = await startReceiver(config, log)
  const address = `http://127.0.0.1:${receiver.port}`
  return {
    webhookUrl: `${address}${WEBHOOK_PATH}`,
    readyUrl: `${address}/readyz`,
    metrics: async () => (await fetch(`http://127.0.0.1:${receiver.opsPort}/metrics`)).text(),
    [Symbol.asyncDispose]: () => receiver[Symbol.asyncDispose](),
  }
}
