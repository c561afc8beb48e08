import { startOwnRedis } from '@rollcall/testkit/own-redis'
import { BACKENDS, createQueue } from '@rollcall/testkit/queue'
import { uniqueName } from '@rollcall/testkit/unique-name'
import { until } from '@rollcall/testkit/wait'
import { expect, test } from 'vitest'
import { connectedProcesses } from './connected-processes.ts'
import { connectionName, type Role, readConnectionName } from './connection-name.ts'
import { locateQueue, openQueue, type QueueLocation } from './open-queue.ts'
import { createRedis } from './redis-client.ts'

const unreachable = (error: Error) => {
  throw error
}

const locate = (variables: Readonly<Record<string, string>>): QueueLocation =>
  locateQueue({
    REDIS_URL: variables.REDIS_URL?.split(','),
    QUEUE_PREFIX: variables.QUEUE_PREFIX ?? 'rollcall',
    DATABASE_URL: variables.DATABASE_URL,
    DATABASE_SCHEMA: 'clerk',
    DATABASE_POOL_SIZE: 2,
  })

/** Connected once it has been asked something. */
async function connect(opened: AsyncDisposableStack, location: QueueLocation, role: Role): Promise<void> {
  const queue = opened.adopt(openQueue(location, unreachable, role), (queue) => queue.close())
  await queue.check()
}

test.each(BACKENDS)(
  '[C11] who is connected to a queue in %s is told by role, and apart from other queues',
  async (backend) => {
    await using opened = new AsyncDisposableStack()
    const [here, elsewhere] = [opened.use(await createQueue(backend)), opened.use(await createQueue(backend))]
    const location = locate(here.variables)
    expect((await connectedProcesses(location))?.here).toEqual({ receivers: 0, workers: 0 })

    {
      await using connected = new AsyncDisposableStack()
      await connect(connected, location, 'receiver')
      await connect(connected, location, 'worker')
      await connect(connected, location, 'command')
      await connect(connected, locate(elsewhere.variables), 'worker')
      const seen = await connectedProcesses(location)
      expect(seen?.here).toEqual({ receivers: 1, workers: 1 })
      const other =
        backend === 'redis'
          ? `QUEUE_PREFIX=${elsewhere.variables.QUEUE_PREFIX}`
          : `schema clerk of database ${new URL(elsewhere.variables.DATABASE_URL!).pathname.slice(1)}`
      expect(seen?.elsewhere.get(other)).toEqual({ receivers: 0, workers: 1 })
    }

    const isGone = async () => (await connectedProcesses(location))?.here.workers === 0
    await until(isGone, { timeoutMs: 30_000, what: 'a process that stopped is not told any more' })
  },
)

test('[C11] a Redis that refuses to name connections, or to tell their names, is not taken for one without any', async () => {
  await using redis = await startOwnRedis()
  const locate = (url: string) =>
    locateQueue({ REDIS_URL: [url], QUEUE_PREFIX: 'rollcall', DATABASE_SCHEMA: 'clerk', DATABASE_POOL_SIZE: 1 })
  const admin = createRedis([redis.url], unreachable)
  await using opened = new AsyncDisposableStack()
  opened.defer(() => admin.disconnect())
  for (const forbidden of ['-client|setname', '-client|list']) {
    const user = uniqueName('user')
    await admin.acl('SETUSER', user, 'on', 'nopass', '~*', '+@all', forbidden)
    const url = Object.assign(new URL(redis.url), { username: user, password: 'any' }).href
    expect(await connectedProcesses(locate(url))).toBeUndefined()
  }
  expect(await connectedProcesses(locate(redis.url))).toEqual({
    here: { receivers: 0, workers: 0 },
    elsewhere: new Map(),
  })
})

test('[C11] a name holds the longest queue there is within what Postgres keeps, and nobody else’s name is taken for ours', () => {
  const queue = 'q'.repeat(40)
  const name = connectionName('receiver', queue)
  expect(name.length).toBeLessThanOrEqual(63)
  expect(readConnectionName(name)).toMatchObject({ role: 'receiver', queue })
  for (const other of [
    '',
    'psql',
    'rollcall',
    'rollcall:receiver',
    'rollcall:cook:q:abcd',
    '{rollcall}:d2ViaG9va3M=',
  ]) {
    expect(readConnectionName(other)).toBeUndefined()
  }
})
