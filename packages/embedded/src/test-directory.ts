import { chmod, mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { removeEmbeddedPostgres } from './postgres.ts'
import { removeEmbeddedRedis } from './redis.ts'

export interface TestDirectory extends AsyncDisposable {
  readonly path: string
}

/** Made by every test for itself, with places for one server of each kind. A server still running in it is ended with it. */
export async function makeTestDirectory(mode: number): Promise<TestDirectory> {
  const path = await realpath(await mkdtemp(join(tmpdir(), 'rollcall-embedded-')))
  await chmod(path, mode)
  return {
    path,
    async [Symbol.asyncDispose]() {
      await removeEmbeddedPostgres(join(path, 'postgres'))
      await removeEmbeddedRedis(join(path, 'redis'))
      await rm(path, { recursive: true, force: true })
    },
  }
}
