import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chown, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { PostgresHome } from './postgres-home.ts'
import { ServerProblem } from './server-problem.ts'

const run = promisify(execFile)

/** It takes a second; a minute later something is stuck. */
const INITDB_DEADLINE_MS = 60_000

/**
 * Makes the data of a home if there are none, and returns the password to them. They are made under another name and renamed
 * when complete, so that an initdb cut short is started over [E3].
 */
export async function ensurePostgresData({ home, account }: PostgresHome, initdb: string): Promise<string> {
  const dataDirectory = join(home, 'data')
  const passwordFile = join(home, 'password')
  if (await exists(dataDirectory)) return (await readFile(passwordFile, 'utf8')).trim()

  // The unfinished directory is Postgres's own, as the home itself need not be; it also hands the password over.
  const unfinished = join(home, 'data-unfinished')
  const passwordCopy = join(unfinished, 'password')
  await rm(unfinished, { recursive: true, force: true })
  await mkdir(unfinished, { mode: 0o700 })
  const password = randomBytes(24).toString('base64url')
  await rm(passwordFile, { force: true })
  for (const file of [passwordFile, passwordCopy]) await writeFile(file, password, { mode: 0o600 })
  if (account) for (const path of [unfinished, passwordCopy]) await chown(path, account.uid, account.gid)

  await runInitdb(initdb, join(unfinished, 'data'), passwordCopy, account)
  await rename(join(unfinished, 'data'), dataDirectory)
  await rm(unfinished, { recursive: true })
  return password
}

async function runInitdb(
  initdb: string,
  dataDirectory: string,
  passwordFile: string,
  account: PostgresHome['account'],
): Promise<void> {
  // The builtin provider knows Unicode and sorts by code point on every platform alike, whatever locales it has.
  const locale = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8']
  const login = ['--username=postgres', '--auth=scram-sha-256', `--pwfile=${passwordFile}`]
  try {
    await run(initdb, [`--pgdata=${dataDirectory}`, ...locale, ...login], {
      ...account,
      env: {},
      timeout: INITDB_DEADLINE_MS,
    })
  } catch (cause) {
    const { stderr = '' } = cause as { stderr?: string }
    throw new ServerProblem(
      `Could not make the database in ${dataDirectory}.`,
      `Is there room on the disk? ${stderr.trim()}`,
      { cause },
    )
  }
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  )
