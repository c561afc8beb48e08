import { once } from 'node:events'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { configureConsole } from '@rollcall/console/config'
import { startConsole } from '@rollcall/console/console'
import { freePort } from '@rollcall/embedded/free-port'
import { needed, Config as ReceiverConfig, WEBHOOK_PATH } from '@rollcall/receiver/config'
import { startReceiver } from '@rollcall/receiver/receiver'
import { type Environment, loadConfig } from '@rollcall/shared/config'
import { createLog, type Logger } from '@rollcall/shared/log'
import { stopSignal } from '@rollcall/shared/shutdown'
import { variables } from '@rollcall/shared/variables'
import { configureWorker } from '@rollcall/worker/config'
import { startWorker } from '@rollcall/worker/worker'
import pretty from 'pino-pretty'
import { ClerkConfig } from '../clerk-config.ts'
import { type Command, CommandError, type Terminal } from '../command.ts'
import { HOME, type Running, readRunning, runningFile } from '../installation.ts'
import { InstallationConfig } from '../installation-config.ts'
import { panel } from '../start/panel.ts'
import { localSecret } from '../start/secret.ts'
import { type Services, startServices } from '../start/services.ts'
import { migrateDatabase } from './migrate.ts'

/** Everything has to be gone within the 10 s after which people press Ctrl-C again. */
const GRACE_MS = 9_000

export const start: Command = {
  summary: 'Runs everything here: Postgres, a queue, the receiver, the worker and the console.',
  usage: '',
  options: {},
  help: {},
  words: [0, 0],
  async run(_call, terminal) {
    const other = await readRunning()
    if (other) throw new CommandError(`Rollcall runs in this folder already, as process ${other.pid}. Stop that first.`)

    const { LOG_LEVEL } = loadConfig({ LOG_LEVEL: variables.LOG_LEVEL }, terminal.environment)
    const logger = (name: string) => createLog({ level: LOG_LEVEL, process: name, destination: log })
    const log = pretty({
      ignore: 'process',
      messageFormat: '{process} {msg}',
      translateTime: 'SYS:HH:MM:ss.l',
      singleLine: true,
      // Written before the next line is, so that what is said last before the end is seen.
      sync: true,
    })
    const stop = stopSignal({ graceMs: GRACE_MS, log: logger('start') })
    let ended: string | undefined
    {
      await using opened = new AsyncDisposableStack()
      const services = await runAll(terminal, logger, opened)
      const told = stop.aborted ? undefined : once(stop, 'abort').then(() => undefined)
      ended = await Promise.race([told, services.ended])
      if (ended) terminal.print(`${ended} Stopping the rest.`)
    }
    terminal.print('Everything has stopped. What was received is kept in .rollcall/ for the next start.')
    return ended ? 1 : 0
  },
}

/** Opened top to bottom, closed bottom to top by `opened`. */
async function runAll(
  { environment, folder, print }: Terminal,
  logger: (name: string) => Logger,
  opened: AsyncDisposableStack,
): Promise<Services> {
  const home = resolve(HOME)
  await mkdir(home, { recursive: true })
  const services = await startServices(environment, home, opened)
  const { databaseUrl, redisUrl } = services
  const secret = environment.CLERK_WEBHOOK_SIGNING_SECRET ?? (await localSecret(home))

  const complete: Environment = {
    OPS_PORT: '0',
    ...environment,
    PORT: environment.PORT ?? String(await freePort(DEFAULTS.PORT)),
    CONSOLE_PORT: environment.CONSOLE_PORT ?? String(await freePort(DEFAULTS.CONSOLE_PORT)),
    DATABASE_URL: databaseUrl,
    ...(redisUrl !== undefined && { REDIS_URL: redisUrl }),
    CLERK_WEBHOOK_SIGNING_SECRET: secret,
  }
  const installation = loadConfig(InstallationConfig, complete)
  const worker = await configureWorker(complete, folder)
  await migrateDatabase(installation, worker.settings.catalog)
  opened.use(await startWorker(worker, logger('worker')))
  const receiver = opened.use(await startReceiver(loadConfig(ReceiverConfig, complete, needed), logger('receiver')))

  const page = opened.use(
    await startConsole(await configureConsole(consoleEnvironment(complete), folder), logger('console')),
  )

  const webhookUrl = `http://127.0.0.1:${receiver.port}${WEBHOOK_PATH}`
  const running: Running = { pid: process.pid, webhookUrl, environment: reachable(complete) }
  await writeFile(runningFile, JSON.stringify(running, null, 2), { mode: 0o600 })
  opened.defer(() => rm(runningFile, { force: true }))

  const facts = {
    webhookUrl,
    consoleUrl: `http://localhost:${page.port}`,
    secret,
    isSecretMadeUp: environment.CLERK_WEBHOOK_SIGNING_SECRET === undefined,
    databaseUrl,
    redisUrl,
    schema: installation.DATABASE_SCHEMA,
  }
  for (const line of panel(facts)) print(line)
  return services
}

/** The processes' own defaults, for which any free ports will do where they are taken. */
const DEFAULTS = loadConfig({ PORT: variables.PORT, CONSOLE_PORT: variables.CONSOLE_PORT }, {})

/**
 * An app's own `.env` has its publishable key, which by itself does not mean that people are to sign in here: without a word
 * on who may, the console answers to this machine.
 */
const consoleEnvironment = ({ CLERK_PUBLISHABLE_KEY, ...environment }: Environment): Environment =>
  environment.CONSOLE_ALLOWED_USERS || environment.CONSOLE_ALLOWED_ORGANIZATION
    ? { ...environment, CLERK_PUBLISHABLE_KEY }
    : environment

/** The variables by which other commands reach what runs here. */
const REACHABLE = ['CLERK_WEBHOOK_SIGNING_SECRET', ...Object.keys({ ...InstallationConfig, ...ClerkConfig })]

const reachable = (environment: Environment): Environment =>
  Object.fromEntries(Object.entries(environment).filter(([name]) => REACHABLE.includes(name)))
