import { findRedisServer } from '@rollcall/embedded/redis'
import { installDebianPackage } from './install-debian-package.ts'

const WHAT_TO_DO =
  'The tests need a real Redis: start Docker, install redis-server (`apt install redis-server`, `brew install redis`), or set TEST_REDIS_URL.'

/** The Redis of this machine; where it has none, is Debian and we are root, it gets one. */
export async function ensureRedisServer(): Promise<string> {
  const found = await findRedisServer()
  if (found) return found
  await installDebianPackage('redis-server', WHAT_TO_DO)
  return (await findRedisServer()) ?? '/usr/bin/redis-server'
}
