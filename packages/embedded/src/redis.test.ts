import { once } from 'node:events'
import { createConnection } from 'node:net'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { freePort, type Port } from './free-port.ts'
import { isAlive } from './process-table.ts'
import { findRedisServer, startEmbeddedRedis } from './redis.ts'
import { runAndKill } from './run-and-kill.ts'
import { makeTestDirectory } from './test-directory.ts'

const MODULE = new URL('./redis.ts', import.meta.url).href

let executable: string
beforeAll(async () => {
  const found = await findRedisServer()
  if (!found) throw new Error('These tests need a redis-server or valkey-server on the PATH.')
  executable = found
})

/** One command, one answer, as Redis sends it. */
async function ask(url: string, command: string): Promise<string> {
  const socket = createConnection({ host: '127.0.0.1', port: Number(new URL(url).port) })
  socket.write(`${command}\r\n`)
  const [answer] = (await once(socket, 'data')) as [Buffer]
  socket.destroy()
  return answer.toString()
}

test('[E1] what Redis has acknowledged is there after a stop, and after kill -9', async () => {
  await using directory = await makeTestDirectory(0o755)
  const redis = await startEmbeddedRedis({
    executable,
    directory: join(directory.path, 'redis'),
    port: await freePort(),
  })
  await ask(redis.url, 'SET first 1')

  await redis.stop()
  await redis.start()
  await ask(redis.url, 'SET second 2')
  await redis.kill('SIGKILL')
  await redis.start()

  expect(await ask(redis.url, 'MGET first second')).toBe('*2\r\n$1\r\n1\r\n$1\r\n2\r\n')
  await redis.stop()
  expect(await isAlive(redis.pid)).toBe(false)
})

test('[E2] Redis acknowledges nothing before it is on disk, and evicts nothing', async () => {
  await using directory = await makeTestDirectory(0o755)
  const redis = await startEmbeddedRedis({
    executable,
    directory: join(directory.path, 'redis'),
    port: await freePort(),
  })

  expect(await ask(redis.url, 'CONFIG GET appendonly')).toContain('yes')
  expect(await ask(redis.url, 'CONFIG GET appendfsync')).toContain('always')
  expect(await ask(redis.url, 'CONFIG GET maxmemory-policy')).toContain('noeviction')
  expect(await ask(redis.url, 'CONFIG GET bind')).toContain('127.0.0.1')
})

test('[E4] a Redis whose starter was killed is stopped, frozen or not, and its data are taken over', async () => {
  await using directory = await makeTestDirectory(0o755)
  const options = { executable, directory: join(directory.path, 'redis'), port: await freePort() }
  const orphan = await runAndKill(`
    import { startEmbeddedRedis } from ${JSON.stringify(MODULE)}
    const redis = await startEmbeddedRedis(${JSON.stringify(options)})
    console.log(redis.pid)
    setInterval(() => {}, 1_000)`)
  await ask(`redis://127.0.0.1:${options.port}`, 'SET kept yes')
  process.kill(Number(orphan), 'SIGSTOP')

  const redis = await startEmbeddedRedis(options)

  expect(await isAlive(Number(orphan))).toBe(false)
  expect(await ask(redis.url, 'GET kept')).toBe('$3\r\nyes\r\n')
})

test('[E6] a directory in use by a running Redis is refused', async () => {
  await using directory = await makeTestDirectory(0o755)
  const options = { executable, directory: join(directory.path, 'redis'), port: await freePort() }
  await startEmbeddedRedis(options)

  await expect(startEmbeddedRedis(options)).rejects.toThrow(`is in use by process ${process.pid}.`)
})

test('[E8] a Redis that does not start says why', async () => {
  await using directory = await makeTestDirectory(0o755)
  const settings = { 'no-such-setting': 'yes' }
  const starting = startEmbeddedRedis({
    executable,
    directory: join(directory.path, 'redis'),
    port: await freePort(),
    settings,
  })

  await expect(starting).rejects.toThrow(/ended \(exit code 1\) while starting.*no-such-setting/s)
})

test("[E9] somebody else's Redis on the port is not taken for ours", async () => {
  await using directory = await makeTestDirectory(0o755)
  const options = (name: string, port: Port) => ({ executable, directory: join(directory.path, name), port })
  const theirs = await startEmbeddedRedis(options('theirs', {}))
  const port = Number(new URL(theirs.url).port)

  await expect(startEmbeddedRedis(options('asked-for', port))).rejects.toThrow('Address already in use')
  const ours = await startEmbeddedRedis(options('preferred', { preferred: port }))
  expect(ours.url).not.toBe(theirs.url)
  await Promise.all([theirs.stop(), ours.stop()])
})

test('[E9] of two that are started together and prefer one port, both run, and keep theirs', async () => {
  await using directory = await makeTestDirectory(0o755)
  const preferred = await freePort()
  const start = (name: string) =>
    startEmbeddedRedis({ executable, directory: join(directory.path, name), port: { preferred } })
  const [one, other] = await Promise.all([start('one'), start('other')])
  expect(one.url).not.toBe(other.url)

  for (const [server, value] of [
    [one, '1'],
    [other, '2'],
  ] as const) {
    await ask(server.url, `SET whose ${value}`)
    await server.stop()
    await server.start()
    expect(await ask(server.url, 'GET whose')).toBe(`$1\r\n${value}\r\n`)
    await server.stop()
  }
})
