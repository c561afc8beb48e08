import { createHash } from 'node:crypto'
import { chmod, mkdir, readFile, realpath, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Account, isRoot, mayEnter, postgresAccount } from './account.ts'
import { ServerProblem } from './server-problem.ts'

/** Where any user can reach what we put there for Postgres, if we are root. */
export const SHARED_DIRECTORY = '/var/lib/rollcall'

const POINTER = 'data-is-elsewhere.txt'

/** Where the data and the password of one Postgres live, and who runs it. */
export interface PostgresHome {
  readonly home: string
  /** Only if we are root; else it is run by us. */
  readonly account?: Account
}

/**
 * The directory asked for, unless we are root and the account that has to run Postgres cannot reach it, as below /root: then
 * a place made from the directory's name below /var/lib, and a note in the directory that says so [E5].
 */
export async function findPostgresHome(wanted: string): Promise<PostgresHome> {
  await mkdir(wanted, { recursive: true })
  const directory = await realpath(wanted)
  const home = (await homeElsewhere(directory)) ?? directory
  const owner = await ownerOf(join(home, 'data'))
  if (!isRoot()) {
    if (owner && owner.uid !== process.getuid?.()) throw notOurs(home)
    return { home }
  }
  if (owner) return { home, account: owner }

  const account = await postgresAccount()
  if (home === directory && (await mayEnter(account, directory))) return { home, account }
  return { home: await makeHomeElsewhere(directory), account }
}

/** The home that was made elsewhere for a directory, if there is one. */
export async function homeElsewhere(wanted: string): Promise<string | undefined> {
  const noted = await readFile(join(wanted, POINTER), 'utf8').catch(() => undefined) // there is no note
  return noted ? elsewhere(await realpath(wanted)) : undefined
}

async function makeHomeElsewhere(directory: string): Promise<string> {
  const home = elsewhere(directory)
  await mkdir(home, { recursive: true })
  for (const path of [SHARED_DIRECTORY, join(SHARED_DIRECTORY, 'data'), home]) await chmod(path, 0o755)
  const note = `Postgres does not run as root, and its user cannot enter ${directory}.\nIts data and its log are in ${home}.\n`
  await writeFile(join(directory, POINTER), note)
  return home
}

/** Ten hexadecimal digits tell apart more directories than a machine has. */
const elsewhere = (directory: string): string =>
  join(SHARED_DIRECTORY, 'data', createHash('sha256').update(directory).digest('hex').slice(0, 10))

const notOurs = (home: string): ServerProblem =>
  new ServerProblem(
    `${join(home, 'data')} belongs to another user.`,
    'Run this as that user (or as root), or use another directory.',
  )

/** Whoever made the data has to run Postgres on it: Postgres insists. */
async function ownerOf(path: string): Promise<Account | undefined> {
  const found = await stat(path).catch(() => undefined) // not made yet
  return found && { uid: found.uid, gid: found.gid }
}
