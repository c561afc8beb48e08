import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const MAIN = fileURLToPath(new URL('../packages/cli/src/main.ts', import.meta.url))

export interface Finished {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** A `rollcall` command, run in a folder as a user would run it there. */
export interface RunningCommand {
  readonly child: ChildProcess
  readonly output: { stdout: string; stderr: string }
  readonly finished: Promise<Finished>
}

export function startRollcall(
  folder: string,
  words: readonly string[],
  variables: Record<string, string> = {},
): RunningCommand {
  const child = spawn(process.execPath, [MAIN, ...words], {
    cwd: folder,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...variables },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const output = { stdout: '', stderr: '' }
  child.stdout.on('data', (chunk) => {
    output.stdout += chunk
  })
  child.stderr.on('data', (chunk) => {
    output.stderr += chunk
  })
  return { child, output, finished: once(child, 'close').then(([code]) => ({ code, ...output })) }
}

export const rollcall = (
  folder: string,
  words: readonly string[],
  variables?: Record<string, string>,
): Promise<Finished> => startRollcall(folder, words, variables).finished
