import { cpus, totalmem } from 'node:os'
import type { Bench } from './bench.ts'

/** What it was measured on, as far as that says something to others. */
export async function describeMachine({ database, redis }: Bench): Promise<Readonly<Record<string, string>>> {
  const { rows } = await database.query('show server_version')
  return {
    processors: `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}`,
    memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
    node: process.version,
    postgres: rows[0].server_version,
    redis: /redis_version:(\S+)/.exec(await redis.info('server'))?.[1] ?? 'unknown',
  }
}
