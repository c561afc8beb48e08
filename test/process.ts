import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { until } from '@rollcall/testkit/wait'

export interface LogLine {
  readonly msg?: string
  readonly [field: string]: unknown
}

/** One of Rollcall's processes, run as in production. */
export interface RunningProcess extends AsyncDisposable {
  readonly pid: number
  readonly lines: readonly LogLine[]
  /** The same as they were written. */
  readonly rawLines: readonly string[]
  readonly stderr: string
  /** Sends a signal that does not end it: SIGSTOP, SIGCONT. */
  signal(signal: NodeJS.Signals): void
  /** Sends a signal and resolves with how it ended: an exit code, or the signal's name. */
  end(signal: NodeJS.Signals): Promise<number | NodeJS.Signals>
  /** Resolves when it has ended by itself. */
  ended(): Promise<number | NodeJS.Signals>
  untilLogged(msg: string, timeoutMs?: number): Promise<LogLine>
}

/** Starts `packages/<name>/src/main.ts` with nothing in its environment but what is said; by a command, which becomes it. */
export function startProcess(
  name: 'receiver' | 'worker' | 'console',
  variables: Readonly<Record<string, string>>,
  through: readonly string[] = [],
): RunningProcess {
  const main = fileURLToPath(new URL(`../packages/${name}/src/main.ts`, import.meta.url))
  const [program, ...words] = [...through, process.execPath, main]
  const child = spawn(program!, words, {
    env: { OPS_PORT: '0', NODE_COMPILE_CACHE: join(tmpdir(), 'node-compile-cache'), ...variables },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const lines: LogLine[] = []
  const rawLines: string[] = []
  let stderr = ''
  createInterface({ input: child.stdout }).on('line', (line) => {
    rawLines.push(line)
    lines.push(JSON.parse(line))
  })
  child.stderr.on('data', (chunk) => {
    stderr += chunk
  })
  const exit = once(child, 'close').then(([code, signal]): number | NodeJS.Signals => code ?? signal)

  return {
    pid: child.pid!,
    lines,
    rawLines,
    get stderr() {
      return stderr
    },
    signal: (signal) => void child.kill(signal),
    end(signal) {
      child.kill(signal)
      return exit
    },
    ended: () => exit,
    untilLogged: (msg, timeoutMs = 60_000) =>
      until(() => lines.find((line) => line.msg === msg), {
        timeoutMs,
        what: `${name} logs ${msg}; so far: ${stderr}`,
      }),
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      await exit
    },
  }
}
