import { join } from 'node:path'
import { findRedisServer, removeEmbeddedRedis, startEmbeddedRedis } from '@rollcall/embedded/redis'
import { redisAnswers } from '@rollcall/embedded/redis-answers'
import { startContainerServer } from './container-server.ts'
import { REDIS_IMAGE } from './containers.ts'
import type { ServiceKind } from './environment.ts'
import type { OwnServer } from './own-server.ts'
import { processServer } from './process-server.ts'
import { testPort } from './test-port.ts'
import { REDIS_PREFIX, type TestRun } from './test-run.ts'
import { uniqueName } from './unique-name.ts'

export type RedisSettings = Readonly<Record<string, string>>

/** As a queue needs it, whatever it runs in. */
const SETTINGS = { appendonly: 'yes', appendfsync: 'everysec', 'maxmemory-policy': 'noeviction', save: '' } as const

/** A new, empty Redis, of whatever the run's servers are made. */
export const startRedisServer = (run: TestRun, settings: RedisSettings): Promise<OwnServer> =>
  start[run.kind](run, { ...SETTINGS, ...settings })

const start: Record<ServiceKind, typeof startRedisServer> = {
  containers: (run, settings) =>
    startContainerServer({
      run,
      image: REDIS_IMAGE,
      command: ['redis-server', ...Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value])],
      environment: {},
      port: 6379,
      url: (address) => `redis://${address}`,
      answers: redisAnswers,
    }),
  async embedded(run, settings) {
    const executable = await findRedisServer()
    if (!executable) throw new Error('This test needs a Redis of its own: start Docker, or install redis-server.')
    const directory = join(run.directory, uniqueName(REDIS_PREFIX))
    const server = await startEmbeddedRedis({ executable, directory, port: await testPort(), settings })
    return processServer(server, () => removeEmbeddedRedis(directory))
  },
}
