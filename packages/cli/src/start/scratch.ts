import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { EmbeddedServer } from '@rollcall/embedded/embedded-server'
import { removeEmbeddedPostgres } from '@rollcall/embedded/postgres'
import { removeEmbeddedRedis } from '@rollcall/embedded/redis'
import type { Environment } from '@rollcall/shared/config'
import { madeUpSecret } from './secret.ts'
import { ANY_PORTS, startServices } from './services.ts'

/** Servers with nothing in them, and the variables of processes that are to use them. */
export interface Scratch {
  readonly folder: string
  readonly postgres: EmbeddedServer
  readonly queue: 'redis' | 'postgres'
  readonly environment: Environment & { readonly DATABASE_URL: string; readonly CLERK_WEBHOOK_SIGNING_SECRET: string }
}

/**
 * Starts Postgres and, where the machine has one, Redis in a temporary folder, whatever the environment and the folder say
 * of an installation that there is already. `opened` stops both and removes all that they wrote.
 */
export async function openScratch(opened: AsyncDisposableStack): Promise<Scratch> {
  const folder = await mkdtemp(join(tmpdir(), 'rollcall-scratch-'))
  opened.defer(async () => {
    // Run by root, Postgres keeps its data elsewhere, in a folder that it may enter.
    await removeEmbeddedPostgres(join(folder, 'postgres'))
    await removeEmbeddedRedis(join(folder, 'redis'))
    await rm(folder, { recursive: true, force: true })
  })
  const { databaseUrl, redisUrl, postgres } = await startServices({}, folder, opened, ANY_PORTS)
  return {
    folder,
    postgres: postgres!, // started here, for no environment names one
    queue: redisUrl === undefined ? 'postgres' : 'redis',
    environment: {
      PORT: '0',
      OPS_PORT: '0',
      CONSOLE_PORT: '0',
      CLERK_WEBHOOK_SIGNING_SECRET: madeUpSecret(),
      DATABASE_URL: databaseUrl,
      ...(redisUrl !== undefined && { REDIS_URL: redisUrl }),
    },
  }
}
