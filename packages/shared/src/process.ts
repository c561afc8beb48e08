import { once } from 'node:events'
import { ConfigError } from './config.ts'
import { createLog, type Logger } from './log.ts'
import { keepEnvironmentToOneself } from './secret-environment.ts'
import { stopSignal } from './shutdown.ts'

/** What every process is configured with. */
interface ProcessConfig {
  readonly LOG_LEVEL: string
  readonly SHUTDOWN_GRACE_MS: number
}

/**
 * The life of a process: read the configuration, start, run until told to stop, close what was opened, exit 0. One
 * that cannot start says why in a sentence, and exits 1.
 */
export async function runProcess<Config extends ProcessConfig>(
  name: string,
  configure: (environment: NodeJS.ProcessEnv) => Config | Promise<Config>,
  start: (config: Config, log: Logger) => Promise<AsyncDisposable>,
): Promise<void> {
  keepEnvironmentToOneself()
  const config = await configureOrExit(configure)
  const log = createLog({ level: config.LOG_LEVEL, process: name })
  process.on('uncaughtException', (thrown) => crash(log, thrown))
  const stop = stopSignal({ graceMs: config.SHUTDOWN_GRACE_MS, log })
  try {
    await using _running = await start(config, log)
    if (!stop.aborted) await once(stop, 'abort')
  } catch (error) {
    log.fatal({ error }, 'process.failed')
    process.exitCode = 1
    return
  }
  log.info({}, 'process.stopped')
  process.exit(0)
}

/** Frames of a stack that say where: what is below them is Node's. */
const MOST_FRAMES = 5

/** Node itself would print all that the error carries, and its message may quote an event: a handler's promise, say [L2]. */
function crash(log: Logger, thrown: unknown): void {
  const { name, code, stack } = (thrown instanceof Error ? thrown : {}) as NodeJS.ErrnoException
  const frames = stack?.split('\n').filter((line) => line.startsWith('    at ')) ?? []
  log.fatal(
    {
      errorType: name ?? typeof thrown,
      ...(typeof code === 'string' && { errorCode: code }),
      at: frames.slice(0, MOST_FRAMES).map((frame) => frame.trim()),
    },
    'process.crashed',
  )
  process.exit(1)
}

async function configureOrExit<Config>(
  configure: (environment: NodeJS.ProcessEnv) => Config | Promise<Config>,
): Promise<Config> {
  try {
    return await configure(process.env)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    process.stderr.write(`${error.message}\n`)
    process.exit(1)
  }
}
