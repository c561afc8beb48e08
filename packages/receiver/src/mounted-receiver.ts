import { locateQueue, openQueue } from '@rollcall/queue/open-queue'
import { ConfigError, type Environment, loadConfig } from '@rollcall/shared/config'
import { errorLog } from '@rollcall/shared/error-log'
import { createLog, type Logger } from '@rollcall/shared/log'
import { type Answer, deferral } from './answer.ts'
import { needed, WebhookConfig } from './config.ts'
import { createEnqueue } from './enqueue.ts'
import { createReceive, type ReceivedWebhook } from './receive.ts'
import { createVerify } from './verify.ts'
import { UNEXPECTED } from './webhook-request.ts'

export interface WebhookOptions {
  /** Where `CLERK_WEBHOOK_SIGNING_SECRET`, `REDIS_URL` and the other variables are; `process.env` unless given. */
  readonly environment?: Environment
}

/** The receiver within an app: the app has the server and the requests, this has the queue. */
export interface MountedReceiver {
  /** Verifies, queues, and says what the sender is answered, as the process does [R40]. */
  receive(webhook: Omit<ReceivedWebhook, 'beginTrace'>): Promise<Answer>
  readonly log: Logger
  /** Waits for what is on its way to the queue, and closes the connections to it. */
  close(): Promise<void>
}

/** Those that are open in this process, by their configuration. */
const MOUNTED = Symbol.for('rollcall.mounted-receivers')
const global = globalThis as { [MOUNTED]?: Map<string, MountedReceiver> }

/**
 * Connects in the background, and never fails because the queue is away. Throws `ConfigError`, which names all that is wrong.
 *
 * There is one for each configuration in a process, however often the app's module is evaluated: development servers do that
 * with each change, and each time would leave its connections behind.
 */
export function mountReceiver(environment: Environment = process.env): MountedReceiver {
  const config = loadConfig(WebhookConfig, environment, needed)
  global[MOUNTED] ??= new Map()
  const mounted = global[MOUNTED]
  const key = JSON.stringify(config)
  const found = mounted.get(key)
  if (found) return found
  const receiver = openReceiver(config, () => mounted.delete(key))
  mounted.set(key, receiver)
  return receiver
}

function openReceiver(config: WebhookConfig, onClose: () => void): MountedReceiver {
  const log = createLog({ level: config.LOG_LEVEL, process: 'receiver' })
  const queue = openQueue(locateQueue(config), errorLog(log, 'queue.errored'), 'receiver')
  const receive = createReceive({
    verify: createVerify(config.CLERK_WEBHOOK_SIGNING_SECRET),
    enqueue: createEnqueue(queue),
    metrics: { observe: () => {} },
    log,
    now: Date.now,
  })
  return {
    receive: (webhook) => receive({ ...webhook, beginTrace: () => undefined }),
    log,
    close() {
      onClose()
      return queue.close()
    },
  }
}

/** What the sender is told where the receiver in an app could not even look at a webhook; the log tells why. */
export function answerFailure(
  thrown: unknown,
  log: Logger = createLog({ level: 'error', process: 'receiver' }),
): Answer {
  if (thrown instanceof ConfigError) {
    log.error({ problem: thrown.message }, 'receiver.misconfigured')
    return deferral('config_invalid', {
      happened: "Rollcall's variables are missing or wrong in this app.",
      next: 'Its log names them: set them right.',
    })
  }
  log.error({ error: thrown }, 'request.failed')
  return UNEXPECTED
}
