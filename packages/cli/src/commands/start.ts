import { once } from 'node:events'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { loadSettings } from '@rollcall/config/load-settings'
import { configureConsole } from '@rollcall/console/config'
import { startConsole } from '@rollcall/console/console'
import { freePort, startOnPort } from '@rollcall/embedded/free-port'
import { type Environment, loadConfig } from '@rollcall/shared/config'
import { createLog, type Logger } from '@rollcall/shared/log'
import { stopSignal } from '@rollcall/shared/shutdown'
import { variables } from '@rollcall/shared/variables'
import { ClerkConfig } from '../clerk-config.ts'
import { type Command, CommandError, choiceOption, type Terminal, textOption, UsageError } from '../command.ts'
import { connectClerk } from '../connect/connect-clerk.ts'
import { createNarrator } from '../connect/narrate.ts'
import { HOME, type Running, readRunning, runningFile } from '../installation.ts'
import { InstallationConfig } from '../installation-config.ts'
import { panel } from '../start/panel.ts'
import { readableLog } from '../start/readable-log.ts'
import { runPipeline } from '../start/run-pipeline.ts'
import { localSecret } from '../start/secret.ts'
import { type Services, startServices } from '../start/services.ts'

/** Everything has to be gone within the 10 s after which people press Ctrl-C again. */
const GRACE_MS = 9_000

/** Those that can be opened from here. */
const TUNNELS = ['ngrok'] as const

export const start: Command = {
  summary: 'Runs everything here: Postgres, a queue, the receiver, the worker and the console.',
  usage: '[--tunnel ngrok [--domain <domain>]]',
  options: { tunnel: { type: 'string' }, domain: { type: 'string' } },
  help: {
    'tunnel ngrok':
      'open a tunnel, so that Clerk reaches the endpoint, and lead through its dashboard; needs NGROK_AUTHTOKEN',
    'domain <domain>': 'the domain of the tunnel, one that you have reserved; the same address each time',
  },
  values: { tunnel: TUNNELS },
  examples: [
    { call: 'start', shows: 'all of it on this machine, with data kept in .rollcall/ for the next time' },
    { call: 'start --tunnel ngrok', shows: 'the same, and real webhooks from Clerk' },
  ],
  words: [0, 0],
  async run(call, terminal) {
    const tunnel = choiceOption(call, 'tunnel', TUNNELS)
    const domain = textOption(call, 'domain')
    if (domain !== undefined && tunnel === undefined)
      throw new UsageError('--domain is the domain of a tunnel, and there is none: add --tunnel ngrok.')
    const other = await readRunning()
    if (other)
      throw new CommandError(`Rollcall runs in this folder already, as process ${other.pid}.`, 'Stop that first.')

    const { LOG_LEVEL } = loadConfig({ LOG_LEVEL: variables.LOG_LEVEL }, terminal.environment)
    const logger = (name: string) => createLog({ level: LOG_LEVEL, process: name, destination: log })
    // Written before the next line is, so that what is said last before the end is seen.
    const readable = readableLog((text) => void process.stdout.write(text))
    const narrate = createNarrator()
    const log = {
      write(line: string) {
        readable.write(line)
        const said = tunnel && narrate(JSON.parse(line))
        if (said) terminal.print(said)
      },
    }
    const stop = stopSignal({ graceMs: GRACE_MS, log: logger('start') })
    let ended: string | undefined
    {
      await using opened = new AsyncDisposableStack()
      const services = await runAll(terminal, tunnel && { domain }, logger, stop, opened)
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
  terminal: Terminal,
  tunnel: { readonly domain: string | undefined } | undefined,
  logger: (name: string) => Logger,
  stop: AbortSignal,
  opened: AsyncDisposableStack,
): Promise<Services> {
  const { environment, folder, print } = terminal
  const home = resolve(HOME)
  await mkdir(home, { recursive: true })
  const services = await startServices(environment, home, opened)
  const { databaseUrl, redisUrl } = services
  // A tunnel has to know where it leads to before anything listens there.
  const port = tunnel && (environment.PORT ?? String(await freePort(DEFAULTS.PORT)))
  const settings = await loadSettings(environment.ROLLCALL_CONFIG, folder)
  const connected = tunnel && (await connectClerk(terminal, { ...tunnel, port: Number(port) }, settings, stop, opened))
  const ofClerk = connected?.secret ?? environment.CLERK_WEBHOOK_SIGNING_SECRET
  const secret = ofClerk ?? (await localSecret(home))

  const complete: Environment = {
    OPS_PORT: '0',
    ...environment,
    ...(port !== undefined && { PORT: port }),
    DATABASE_URL: databaseUrl,
    ...(redisUrl !== undefined && { REDIS_URL: redisUrl }),
    CLERK_WEBHOOK_SIGNING_SECRET: secret,
  }
  const { webhookUrl, installation } = await runPipeline(complete, folder, logger, opened)

  const ofConsole = await configureConsole(consoleEnvironment(complete), folder)
  const consolePort =
    environment.CONSOLE_PORT === undefined ? { preferred: ofConsole.CONSOLE_PORT } : ofConsole.CONSOLE_PORT
  const page = opened.use(
    await startOnPort(consolePort, (CONSOLE_PORT) => startConsole({ ...ofConsole, CONSOLE_PORT }, logger('console'))),
  )

  const running: Running = { pid: process.pid, webhookUrl, environment: reachable(complete) }
  await writeFile(runningFile, JSON.stringify(running, null, 2), { mode: 0o600 })
  opened.defer(() => rm(runningFile, { force: true }))

  const facts = {
    webhookUrl,
    publicUrl: connected?.publicUrl,
    consoleUrl: `http://localhost:${page.port}`,
    secret,
    isSecretMadeUp: ofClerk === undefined,
    databaseUrl,
    redisUrl,
    schema: installation.DATABASE_SCHEMA,
  }
  for (const line of panel(facts)) print(line)
  return services
}

/** The receiver's own default, for which any free port will do where it is taken. */
const DEFAULTS = loadConfig({ PORT: variables.PORT }, {})

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
