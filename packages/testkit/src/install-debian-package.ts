import { execFile } from 'node:child_process'
import { access } from 'node:fs/promises'
import { promisify } from 'node:util'
import { isRoot } from '@rollcall/embedded/account'

const run = promisify(execFile)

/** apt waits for nobody who lists packages at the same time: tests that need different ones take turns. */
const TURN = '/var/lock/rollcall-tests-apt'

/**
 * Installs a package where this is Debian and we are root; else throws with what people are to do. A service that comes with
 * it is not started: what a test needs it starts itself.
 */
export async function installDebianPackage(name: string, whatToDo: string): Promise<void> {
  if (!isRoot() || !(await isDebian())) throw new Error(whatToDo)
  const install = `apt-get update -q && apt-get install -y -q --no-install-recommends '${name}'`
  const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' }
  try {
    await run('flock', [TURN, 'sh', '-c', install], { env, maxBuffer: Number.POSITIVE_INFINITY })
  } catch (cause) {
    throw new Error(`${whatToDo} (apt could not install it.)`, { cause })
  }
}

const isDebian = (): Promise<boolean> =>
  access('/etc/debian_version').then(
    () => true,
    () => false,
  )
