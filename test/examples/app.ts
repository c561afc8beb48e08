import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { freePort } from '@rollcall/embedded/free-port'
import { until } from '@rollcall/testkit/wait'

const run = promisify(execFile)

/** A folder outside of the workspace, where nothing is found but what is installed in it. */
export async function scratchFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'rollcall-app-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}

/** Runs a command in an app's folder, in the machine's environment, by which it reaches a registry; what it wrote is in its error. */
export async function inApp(
  folder: string,
  [command, ...words]: readonly [string, ...string[]],
  variables: Readonly<Record<string, string>> = {},
): Promise<string> {
  try {
    const { stdout } = await run(command, words, {
      cwd: folder,
      env: { ...machine(), ...variables },
      maxBuffer: 2 ** 24,
    })
    return stdout
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string }
    throw new Error(`${[command, ...words].join(' ')} failed:\n${stdout}\n${stderr}`, { cause: error })
  }
}

export interface RunningApp extends AsyncDisposable {
  readonly url: string
  readonly output: string
}

/** Starts an app's server on a free port, which it is told as `PORT`, and waits until it answers. */
export async function startApp(
  folder: string,
  [command, ...words]: readonly [string, ...string[]],
  variables: Readonly<Record<string, string>>,
): Promise<RunningApp> {
  const port = await freePort()
  // A group of its own: `next start` has children.
  const child = spawn(command, words, {
    cwd: folder,
    env: { ...base(), ...variables, PORT: String(port) },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk))
  const ended = once(child, 'close')
  const url = `http://localhost:${port}`
  const app = {
    url,
    get output() {
      return output
    },
    [Symbol.asyncDispose]: () => endGroup(child, ended),
  }
  try {
    const answers = () => {
      if (child.exitCode !== null) throw new Error(`the app ended:\n${output}`)
      return fetch(url, { redirect: 'manual' }).then(
        () => true,
        () => false,
      )
    }
    await until(answers, { timeoutMs: 60_000, what: 'the app answers' })
    return app
  } catch (error) {
    await app[Symbol.asyncDispose]()
    throw error
  }
}

async function endGroup(child: ChildProcess, ended: Promise<unknown>): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) process.kill(-child.pid!, 'SIGTERM')
  await ended
}

const base = () => ({ PATH: process.env.PATH!, HOME: process.env.HOME!, NEXT_TELEMETRY_DISABLED: '1', CI: 'true' })

/** Without what Vitest put there: npm installs less where it is said to be a test, and Next.js builds otherwise. */
function machine(): NodeJS.ProcessEnv {
  const { NODE_ENV: _, VITEST: __, ...rest } = process.env
  return { ...rest, ...base() }
}
