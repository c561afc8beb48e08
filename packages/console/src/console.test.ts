import { tmpdir } from 'node:os'
import { captureLog } from '@rollcall/testkit/captured-log'
import { until } from '@rollcall/testkit/wait'
import { expect, test } from 'vitest'
import { configureConsole } from './config.ts'
import { startConsole } from './console.ts'

/** Nobody listens on the discard port. */
const NOBODY = '127.0.0.1:9'
const AWAY = { DATABASE_URL: `postgres://${NOBODY}/app`, REDIS_URL: `redis://${NOBODY}`, CONSOLE_PORT: '0' }

test('[X15] while Postgres and the queue are away the overview is there, and says so; other pages say it as well', async () => {
  const { log, lines } = captureLog()
  await using running = await startConsole(await configureConsole(AWAY, tmpdir()), log)
  const get = (path: string) => fetch(`http://127.0.0.1:${running.port}${path}`, { headers: { accept: 'text/html' } })
  expect((await get('/healthz')).status).toBe(200)
  const isTold = async () => (await (await get('/')).text()).includes('The queue and the database do not answer')
  await until(isTold, { timeoutMs: 30_000, what: 'the overview says that nothing answers' })
  const events = await get('/events')
  expect([events.status, (await events.text()).includes('It does not answer')]).toEqual([503, true])
  expect(lines('database.errored').length).toBeGreaterThan(0)
  expect(lines('queue.errored').length).toBeGreaterThan(0)
})

test('[X2] without a way to sign in it listens on 127.0.0.1 only, and the log says so', async () => {
  const { log, lines } = captureLog()
  await using running = await startConsole(await configureConsole(AWAY, tmpdir()), log)
  await expect(fetch(`http://[::1]:${running.port}/healthz`)).rejects.toThrow()
  expect(lines('console.started')).toMatchObject([
    { level: 'warn', message: expect.stringMatching(/this machine only/) },
  ])
})
