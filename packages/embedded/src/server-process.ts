import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { open } from 'node:fs/promises'
import type { Account } from './account.ts'
import { endProcess, type HardSignal, type StopStep, signalTree } from './end-process.ts'

export interface ServerProcess {
  readonly pid: number
  /** Resolves when the server has ended, with how it ended, such as `exit code 1` or `SIGKILL`. */
  readonly exited: Promise<string>
  /** Asks it to end and, once the grace is over, ends it. */
  stop(): Promise<void>
  kill(signal: HardSignal): Promise<void>
}

interface Launch {
  readonly command: string
  readonly commandArguments: readonly string[]
  readonly directory: string
  readonly logFile: string
  /** Run as this account instead of our own. */
  readonly account?: Account | undefined
  readonly stopSteps: readonly StopStep[]
}

/** How servers that run are asked to end, by whoever ends before having stopped them. */
const running = new Set<() => void>()

/** Told to stop for the second time a process does not wait for them; they need not be told again, and follow by themselves. */
function askAll(): void {
  for (const ask of running) ask()
}

function askAtExit(ask: () => void, exited: Promise<unknown>): void {
  if (running.size === 0) process.on('exit', askAll)
  running.add(ask)
  void exited.then(() => {
    running.delete(ask)
    if (running.size === 0) process.off('exit', askAll)
  })
}

/**
 * Starts a server as a child of this process, in a session of its own: Ctrl-C in the terminal reaches only Node, which
 * stops the servers when whatever still needs them has finished.
 *
 * It gets no environment, because ours holds secrets and `PG…` and `LC_…` variables that would change what it does. It
 * writes to a file rather than a pipe, so that it outlives us unharmed if we are killed, and never keeps us running.
 */
export async function startServerProcess(launch: Launch): Promise<ServerProcess> {
  const { child, exited } = await spawnWithLog(launch)
  const pid = child.pid!
  child.unref()
  const [firstStep] = launch.stopSteps
  if (firstStep) askAtExit(() => child.kill(firstStep.signal), exited)

  const isRunning = () => child.exitCode === null && child.signalCode === null
  const waitForExit = async () => {
    child.ref()
    await exited
  }

  return {
    pid,
    exited,
    async stop() {
      if (isRunning()) await endProcess(pid, launch.stopSteps)
      await waitForExit()
    },
    async kill(signal) {
      if (isRunning()) await signalTree(pid, signal)
      if (signal === 'SIGKILL') await waitForExit()
    },
  }
}

async function spawnWithLog(launch: Launch): Promise<{ child: ChildProcess; exited: Promise<string> }> {
  await using log = await open(launch.logFile, 'a', 0o600)
  const child = spawn(launch.command, launch.commandArguments, {
    cwd: launch.directory,
    detached: true,
    env: {},
    stdio: ['ignore', log.fd, log.fd],
    ...launch.account,
  })
  // Listened for from the beginning: one that cannot start may have ended before anyone has been told that it began.
  const exited = new Promise<string>((resolve) => {
    child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`))
  })
  await once(child, 'spawn')
  return { child, exited }
}
