import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { endProcess, type StopStep } from './end-process.ts'
import { commandOf } from './process-table.ts'

/** Fast shutdown (sessions are cut off, everything is written), then immediate shutdown, then force. Well inside 10 s. */
export const POSTGRES_STOP: readonly StopStep[] = [
  { signal: 'SIGINT', graceMs: 5_000 },
  { signal: 'SIGQUIT', graceMs: 1_000 },
]

/**
 * Stops the Postgres that runs on a data directory although whoever started it is dead [E4], and says whether the last run
 * ended without cleaning up. The pid in its file counts only if it is a Postgres on this very directory: after a reboot it may
 * be anybody's. The file goes in any case, as Postgres would take a stranger with that pid for its predecessor.
 */
export async function stopPostgresLeftBehind(dataDirectory: string): Promise<boolean> {
  const pidFile = join(dataDirectory, 'postmaster.pid')
  const content = await readFile(pidFile, 'utf8').catch(() => undefined) // the last run cleaned up
  if (content === undefined) return false

  const pid = Number.parseInt(content, 10)
  const command = await commandOf(pid)
  if (command?.includes(`postgres -D ${dataDirectory} `)) await endProcess(pid, POSTGRES_STOP)
  await rm(pidFile, { force: true })
  return true
}
