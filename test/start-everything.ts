import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { removeEmbeddedPostgres } from '@rollcall/embedded/postgres'
import { descendantsOf, isAlive } from '@rollcall/embedded/process-table'
import { removeEmbeddedRedis } from '@rollcall/embedded/redis'
import { until } from '@rollcall/testkit/wait'
import { type RunningCommand, startRollcall } from './rollcall.ts'

/** What `rollcall start` runs, and the servers that it has started. */
export interface Everything {
  readonly command: RunningCommand
  readonly servers: readonly number[]
}

/** A folder to run `rollcall start` in. Whatever still runs from it goes with it. */
export async function folderToStartIn(opened: AsyncDisposableStack): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'rollcall-test-start-'))
  // Open to all, or as root Postgres would run elsewhere [E5].
  await chmod(folder, 0o755)
  opened.defer(async () => {
    await removeEmbeddedPostgres(join(folder, '.rollcall', 'postgres'))
    await removeEmbeddedRedis(join(folder, '.rollcall', 'redis'))
    await rm(folder, { recursive: true, force: true })
  })
  return folder
}

/** Resolves when it has said that all is there. */
export async function startEverything(folder: string, opened: AsyncDisposableStack): Promise<Everything> {
  const command = startRollcall(folder, ['start'])
  opened.defer(async () => {
    command.child.kill('SIGKILL')
    await command.finished
  })
  const isUp = () => command.output.stdout.includes('Ctrl-C stops everything')
  await until(isUp, { timeoutMs: 60_000, what: 'the panel is printed' })
  return { command, servers: await descendantsOf(command.child.pid!) }
}

export const untilGone = (pids: readonly number[]): Promise<unknown> =>
  until(async () => (await Promise.all(pids.map(isAlive))).every((alive) => !alive), {
    timeoutMs: 30_000,
    what: 'every server has ended',
  })
