import { execFile } from 'node:child_process'
import { access } from 'node:fs/promises'
import { promisify } from 'node:util'
import { isRoot } from '@rollcall/embedded/account'
import { findRedisServer } from '@rollcall/embedded/redis'

const WHAT_TO_DO =
  'The tests need a real Redis: start Docker, install redis-server (`apt install redis-server`, `brew install redis`), or set TEST_REDIS_URL.'

const run = promisify(execFile)

/** The Redis of this machine; where it has none, is Debian and we are root, it gets one. */
export async function ensureRedisServer(): Promise<string> {
  const found = await findRedisServer()
  if (found) return found
  if (!isRoot() || !(await isDebian())) throw new Error(WHAT_TO_DO)
  try {
    const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', DEBIAN_FRONTEND: 'noninteractive' }
    await run('apt-get', ['update', '-q'], { env })
    await run('apt-get', ['install', '-y', '-q', '--no-install-recommends', 'redis-server'], { env })
  } catch (cause) {
    throw new Error(`${WHAT_TO_DO} (apt could not install it.)`, { cause })
  }
  return (await findRedisServer()) ?? '/usr/bin/redis-server'
}

const isDebian = (): Promise<boolean> =>
  access('/etc/debian_version').then(
    () => true,
    () => false,
  )
