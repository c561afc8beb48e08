import type { ConnectionOptions } from 'bullmq'

/** Where BullMQ's jobs are with which ours are compared. */
export const BULL_QUEUE = 'compared'
export const BULL_PREFIX = 'bench'

export function connectionOf(redisUrl: string): ConnectionOptions {
  const { hostname, port } = new URL(redisUrl)
  return { host: hostname, port: Number(port), maxRetriesPerRequest: null }
}
