import { once } from 'node:events'
import { startProxy } from '@rollcall/testkit/proxy'
import { sharedRedisUrl } from '@rollcall/testkit/redis'
import { expect, onTestFinished, test } from 'vitest'
import { createRedis } from './redis-client.ts'

test('[O13] what a connection took before it was ready is refused when it breaks, and not waited for for ever', async () => {
  await using proxy = await startProxy(sharedRedisUrl())
  proxy.swallow()
  const client = createRedis([proxy.url], () => undefined)
  onTestFinished(() => client.disconnect())
  await once(client, 'connect') // it is, and Redis has said nothing yet

  const asked = client.info('memory')
  proxy.reset()
  await expect(asked).rejects.toThrow('broke before it was ready')
  await proxy.restore()
  expect(await client.info('memory')).toContain('used_memory:')
})

test('[O13] what a connection took that was ready is asked again, however many break before the next one is', async () => {
  await using proxy = await startProxy(sharedRedisUrl())
  const client = createRedis([proxy.url], () => undefined)
  onTestFinished(() => client.disconnect())
  await client.ping()

  proxy.swallow()
  const asked = client.info('memory')
  for (let broken = 0; broken < 3; broken++) {
    const connected = new Promise((resolve) => client.once('connect', resolve)) // not `once`: there are errors meanwhile
    proxy.reset()
    proxy.swallow()
    await connected
  }
  await proxy.restore()
  expect(await asked).toContain('used_memory:')
})
