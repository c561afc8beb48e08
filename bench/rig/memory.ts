import { readFile } from 'node:fs/promises'
import type { createRedis } from '@rollcall/queue/redis-client'

/** The most memory that a process has had at once, in megabytes. */
export async function highestMegabytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return (Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) * 1_024) / 1e6
}

/** The bytes that Redis has in use. */
export async function redisBytes(redis: ReturnType<typeof createRedis>): Promise<number> {
  return Number(/used_memory:(\d+)/.exec(await redis.info('memory'))?.[1])
}
