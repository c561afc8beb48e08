import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { endProcess, type StopStep } from './end-process.ts'
import { commandOf, workingDirectoryOf } from './process-table.ts'

/** On SIGTERM it writes out what it holds and goes. Well inside 10 s, together with Postgres. */
export const REDIS_STOP: readonly StopStep[] = [{ signal: 'SIGTERM', graceMs: 3_000 }]

export const redisPidFile = (directory: string): string => join(directory, 'redis.pid')

/**
 * Stops the Redis that runs in a directory although whoever started it is dead [E4]. Redis hides its arguments, so what tells it
 * from a stranger with the same pid is its name and the directory it works in.
 */
export async function stopRedisLeftBehind(directory: string): Promise<void> {
  const pidFile = redisPidFile(directory)
  const content = await readFile(pidFile, 'utf8').catch(() => undefined) // the last run cleaned up
  if (content === undefined) return

  const pid = Number.parseInt(content, 10)
  const [command, worksIn] = await Promise.all([commandOf(pid), workingDirectoryOf(pid)])
  if (/(redis|valkey)-server/.test(command ?? '') && worksIn === directory) await endProcess(pid, REDIS_STOP)
  await rm(pidFile, { force: true })
}
