import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { until } from '@rollcall/testkit/wait'

/** A receiver or a worker that is ended and started again with the same settings, ports included. */
export interface Service extends AsyncDisposable {
  readonly name: string
  /** Of the process that runs now. */
  readonly pid: number
  /** Ends of processes that nobody asked for, and exit codes that nobody is to see. */
  readonly complaints: readonly string[]
  start(): Promise<void>
  kill(): Promise<void>
  freeze(): void
  thaw(): void
  /** As a deployment does. */
  stop(): Promise<void>
  untilReady(): Promise<void>
}

export interface ServiceOptions {
  readonly name: string
  readonly package: 'receiver' | 'worker'
  readonly opsPort: number
  readonly variables: Readonly<Record<string, string>>
  readonly logDirectory: string
}

/** It has 25 s for it, and this machine may be slow. */
const STOPPED_MS = 60_000
const READY_MS = 60_000

/**
 * Runs `packages/<name>/src/main.ts` as in production, with nothing in its environment but what is said, and in a session of
 * its own, which Ctrl-C does not reach. Linux ends it with us, however we end.
 */
export async function startService(options: ServiceOptions): Promise<Service> {
  const { name, opsPort } = options
  const complaints: string[] = []
  let child: ChildProcess
  let ended: Promise<string | number>
  let isMeantToRun = false

  async function start(): Promise<void> {
    await using log = await open(join(options.logDirectory, `${name}.log`), 'a')
    isMeantToRun = true
    const main = fileURLToPath(new URL(`../../packages/${options.package}/src/main.ts`, import.meta.url))
    const started = spawn('setpriv', ['--pdeathsig', 'KILL', process.execPath, main], {
      env: {
        PATH: process.env.PATH,
        NODE_ENV: 'production',
        NODE_COMPILE_CACHE: join(tmpdir(), 'node-compile-cache'),
        OPS_PORT: String(opsPort),
        ...options.variables,
      },
      stdio: ['ignore', log.fd, log.fd],
      detached: true,
    })
    child = started
    ended = once(started, 'exit').then(([code, signal]) => signal ?? code)
    void ended.then((how) => {
      if (isMeantToRun && child === started) complaints.push(`${name} ended by itself with ${how}`)
    })
    await once(started, 'spawn')
  }

  async function kill(): Promise<void> {
    isMeantToRun = false
    child.kill('SIGKILL')
    await ended
  }

  await start()
  return {
    name,
    get pid() {
      return child.pid!
    },
    complaints,
    start,
    kill,
    freeze: () => void child.kill('SIGSTOP'),
    thaw: () => void child.kill('SIGCONT'),
    async stop() {
      // One that has just been started does not listen for the signal before it answers here.
      const isListening = async () => (await fetch(`http://127.0.0.1:${opsPort}/healthz`)).ok
      await until(isListening, { timeoutMs: READY_MS, what: `${name} is up` })
      isMeantToRun = false
      const late = setTimeout(() => child.kill('SIGKILL'), STOPPED_MS)
      child.kill('SIGTERM')
      const how = await ended
      clearTimeout(late)
      if (how !== 0) complaints.push(`${name} was told to stop and ended with ${how}`)
    },
    async untilReady() {
      const isReady = async () => (await fetch(`http://127.0.0.1:${opsPort}/readyz`)).ok
      await until(isReady, { timeoutMs: READY_MS, what: `${name} is ready` })
    },
    [Symbol.asyncDispose]: kill,
  }
}
