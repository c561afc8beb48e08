import { setTimeout as sleep } from 'node:timers/promises'
import { descendantsOf, isAlive } from './process-table.ts'

/** Signals that are felt at once and cannot be refused. */
export type HardSignal = 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'

/** Ask in this way, and wait so long for it to be followed. */
export interface StopStep {
  readonly signal: NodeJS.Signals
  readonly graceMs: number
}

const POLL_MS = 10

/** A killed process is gone in milliseconds; longer means that it hangs in the kernel, where no signal reaches it. */
const GONE_MS = 5_000

/** Ends a process: step by step, then by force. Resolves when it is gone. */
export async function endProcess(pid: number, steps: readonly StopStep[]): Promise<void> {
  await signalTree(pid, 'SIGCONT') // a frozen process follows no request
  for (const { signal, graceMs } of steps) {
    send(pid, signal)
    if (await isGoneWithin(pid, graceMs)) return
  }
  await signalTree(pid, 'SIGKILL')
}

/**
 * Signals a process and all that descend from it. A process group would not do: every child of Postgres makes itself the
 * leader of its own. The process itself is frozen first, so that it makes no child while we look.
 */
export async function signalTree(pid: number, signal: HardSignal): Promise<void> {
  if (signal !== 'SIGCONT') send(pid, 'SIGSTOP')
  const tree = [pid, ...(await descendantsOf(pid))]
  for (const member of tree) send(member, signal)
  if (signal !== 'SIGKILL') return
  for (const member of tree) {
    if (!(await isGoneWithin(member, GONE_MS))) throw new Error(`Process ${member} is still there after SIGKILL.`)
  }
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error // ESRCH: it has ended, which is fine
  }
}

async function isGoneWithin(pid: number, graceMs: number): Promise<boolean> {
  const deadline = performance.now() + graceMs
  while (await isAlive(pid)) {
    if (performance.now() > deadline) return false
    await sleep(POLL_MS)
  }
  return true
}
