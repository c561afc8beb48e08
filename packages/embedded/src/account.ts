import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { ServerProblem } from './server-problem.ts'

/** A user of this machine, as Node's `spawn` takes it. */
export interface Account {
  readonly uid: number
  readonly gid: number
}

const run = promisify(execFile)

/** Made where the machine has no user `postgres`. */
const OWN_USER = 'rollcall'

export const isRoot = (): boolean => process.getuid?.() === 0

/** The user that runs Postgres when we are root, which Postgres refuses to be. Made if there is none yet. */
export async function postgresAccount(): Promise<Account> {
  const existing = (await find('postgres')) ?? (await find(OWN_USER))
  if (existing) return existing
  await createUser()
  const created = await find(OWN_USER)
  if (!created)
    throw new ServerProblem(`The user ${OWN_USER} was added but is not there.`, 'Add it, or run this as a normal user.')
  return created
}

/** Asks the kernel, as the account: it alone knows every mode, group and access list on the way. */
export async function mayEnter(account: Account, directory: string): Promise<boolean> {
  return run('test', ['-x', directory], account).then(
    () => true,
    () => false,
  )
}

export async function mayRun(account: Account, program: string): Promise<boolean> {
  return run(program, ['--version'], account).then(
    () => true,
    () => false,
  )
}

async function find(name: string): Promise<Account | undefined> {
  try {
    const [uid, gid] = await Promise.all([run('id', ['-u', name]), run('id', ['-g', name])])
    return { uid: Number(uid.stdout), gid: Number(gid.stdout) }
  } catch {
    return undefined // no such user
  }
}

async function createUser(): Promise<void> {
  try {
    await run('useradd', ['--system', '--user-group', '--no-create-home', '--shell', '/usr/sbin/nologin', OWN_USER])
  } catch (withUseradd) {
    try {
      await run('adduser', ['-S', '-D', '-H', '-s', '/sbin/nologin', OWN_USER]) // BusyBox has no useradd
    } catch {
      throw new ServerProblem(
        'Postgres does not run as root, and no user could be made for it.',
        `Add a user ${OWN_USER}, or run this as a normal user.`,
        { cause: withUseradd },
      )
    }
  }
}
