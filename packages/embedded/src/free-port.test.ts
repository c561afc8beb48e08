import { once } from 'node:events'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { networkInterfaces } from 'node:os'
import { expect, test } from 'vitest'
import { freePort, startOnPort } from './free-port.ts'

test('[E9] the preferred port if it is free, else another', async () => {
  const preferred = await freePort()
  expect(await freePort(preferred)).toBe(preferred)

  const hasIpv6 = Object.values(networkInterfaces())
    .flat()
    .some((each) => each?.address === '::1')
  for (const host of ['127.0.0.1', '0.0.0.0', ...(hasIpv6 ? ['::1'] : [])]) {
    const server = createServer().listen({ port: preferred, host })
    await once(server, 'listening')
    expect(await freePort((server.address() as AddressInfo).port)).not.toBe(preferred)
    server.close()
    await once(server, 'close')
  }
})

const listen = async (port: number): Promise<Server> => {
  const server = createServer().listen({ port, host: '127.0.0.1' })
  await once(server, 'listening')
  return server
}

test('[E9] where somebody takes the port between the look and the start, another one is taken', async () => {
  const preferred = await freePort()
  const thieves: Server[] = []
  const server = await startOnPort({ preferred }, async (port) => {
    if (thieves.length === 0) thieves.push(await listen(port))
    return listen(port)
  })

  expect((server.address() as AddressInfo).port).not.toBe(preferred)
  for (const each of [server, ...thieves]) each.close()
})

test('[E9] a start that fails for another reason is not tried elsewhere, nor one whose port was asked for', async () => {
  const ports: number[] = []
  const fail = async (port: number) => {
    ports.push(port)
    throw new Error('no license')
  }
  await expect(startOnPort({}, fail)).rejects.toThrow('no license')
  expect(ports).toHaveLength(1)

  const taken = await listen(await freePort())
  await expect(startOnPort((taken.address() as AddressInfo).port, listen)).rejects.toThrow('EADDRINUSE')
  taken.close()
})
