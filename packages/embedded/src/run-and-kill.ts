import { spawn } from 'node:child_process'
import { once } from 'node:events'

/**
 * Runs a module's text in another Node, waits for the line it prints, and kills that Node with its whole process group, which
 * is also what Ctrl-C in a terminal would reach.
 */
export async function runAndKill(source: string): Promise<string> {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', source], {
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit')
  const [line] = (await Promise.race([once(child.stdout, 'data'), exited])) as [unknown]
  process.kill(-child.pid!, 'SIGKILL')
  await exited
  return String(line).trim()
}
