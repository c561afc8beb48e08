import { inject } from 'vitest'
import type { OwnServer } from './own-server.ts'
import type {} from './provided.ts'
import { type RedisSettings, startRedisServer } from './redis-server.ts'

/** A Redis for one test alone, append-only and written out at every command, as in production. */
export const startOwnRedis = (settings: RedisSettings = {}): Promise<OwnServer> =>
  startRedisServer(inject('testRun'), { appendfsync: 'always', ...settings })
