import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { open, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { uniqueName } from '@rollcall/testkit/unique-name'
import { until } from '@rollcall/testkit/wait'

/** A process that is measured: one of ours, run as in production, or one that ours is compared with. */
export interface NodeProcess extends AsyncDisposable {
  readonly pid: number
  /** The line that it wrote when it was ready. */
  readonly started: Readonly<Record<string, unknown>>
  readonly logFile: string
  /** Ends it as a deployment would, and waits until it is gone. */
  stop(): Promise<void>
}

/** Installed packages are compiled once, and loaded within a second or two; a machine under load takes its time. */
const STARTED_MS = 60_000

export type Variables = Readonly<Record<string, string>>

/**
 * Starts a script with nothing in its environment but what is said. It writes its log to a file, as a container's goes: a
 * pipe would have us read each line while we measure. Linux ends it with us, however we end.
 */
export async function startNode(
  main: URL,
  variables: Variables,
  options: { readonly directory: string; readonly ready: string },
): Promise<NodeProcess> {
  const logFile = join(options.directory, `${uniqueName('process')}.log`)
  await using log = await open(logFile, 'w')
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', process.execPath, fileURLToPath(main)], {
    env: {
      PATH: process.env.PATH,
      NODE_ENV: 'production',
      NODE_COMPILE_CACHE: join(tmpdir(), 'node-compile-cache'),
      ...variables,
    },
    stdio: ['ignore', log.fd, log.fd],
  })
  const exit = once(child, 'exit')

  const findStarted = async () => {
    const text = await readFile(logFile, 'utf8')
    const line = text.split('\n').find((each) => each.includes(`"msg":"${options.ready}"`))
    return line === undefined ? undefined : (JSON.parse(line) as Record<string, unknown>)
  }
  const tooEarly = exit.then(async ([code]) => {
    throw new Error(`${main} ended with ${code}: ${await readFile(logFile, 'utf8')}`)
  })
  tooEarly.catch(() => {}) // told to whoever waits for its start; afterwards it is we who end it
  const started = await Promise.race([
    until(findStarted, { timeoutMs: STARTED_MS, what: `${main} says ${options.ready}` }),
    tooEarly,
  ])
  const end = async (signal: NodeJS.Signals) => {
    child.kill(signal)
    await exit
  }
  return {
    pid: child.pid!,
    started,
    logFile,
    stop: () => end('SIGTERM'),
    [Symbol.asyncDispose]: () => end('SIGKILL'),
  }
}
