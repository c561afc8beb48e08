import { execFile } from 'node:child_process'

export interface Ran {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

const ROOT = new URL('../..', import.meta.url)

/** Runs pnpm on the workspace, of the version that installs it, and answers however it ended. */
export const pnpm = (...words: readonly string[]): Promise<Ran> =>
  new Promise((resolve) => {
    execFile(
      'npx',
      ['-y', 'pnpm@12', ...words],
      { cwd: ROOT, maxBuffer: Number.POSITIVE_INFINITY },
      (error, stdout, stderr) => {
        const exitCode = typeof error?.code === 'number' ? error.code : error ? 1 : 0
        resolve({ exitCode, stdout, stderr })
      },
    )
  })
