import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { expect, test } from 'vitest'
import { freePort } from './free-port.ts'

test('[E9] the preferred port if it is free, else another', async () => {
  const preferred = await freePort()
  expect(await freePort(preferred)).toBe(preferred)

  for (const host of ['127.0.0.1', '0.0.0.0']) {
    const server = createServer().listen({ port: preferred, host })
    await once(server, 'listening')
    expect(await freePort((server.address() as AddressInfo).port)).not.toBe(preferred)
    server.close()
    await once(server, 'close')
  }
})
