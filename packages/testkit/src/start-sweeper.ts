import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import type { TestRun } from './test-run.ts'

/** Starts what clears up after a run. Returns what tells it to, and waits until it has. */
export function startSweeper(run: TestRun): () => Promise<void> {
  const script = fileURLToPath(new URL('./sweeper.ts', import.meta.url))
  const sweeper = spawn(process.execPath, [script, JSON.stringify(run)], {
    detached: true, // Ctrl-C is for the run alone
    stdio: ['pipe', 'ignore', 'pipe'],
  })
  const exited = once(sweeper, 'exit') as Promise<[number | null]>
  const complaint = text(sweeper.stderr)
  return async () => {
    sweeper.stdin.end()
    const [code] = await exited
    if (code !== 0) throw new Error(`Could not clear up after the tests:\n${await complaint}`)
  }
}
