import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { until } from '@rollcall/testkit/wait'
import { expect, test } from 'vitest'
import { rollcall } from '../rollcall.ts'
import { folderToStartIn, startEverything, untilGone } from '../start-everything.ts'

const PATIENCE = { timeoutMs: 60_000 }

test('[S1] [E11] a second Ctrl-C ends `start` at once, leaves no server behind and loses nothing', async () => {
  await using opened = new AsyncDisposableStack()
  const folder = await folderToStartIn(opened)
  const eventsOf = async () => {
    const { stdout } = await rollcall(folder, ['events', '--json'])
    return stdout.split('\n').flatMap((line) => (line ? [JSON.parse(line).id] : []))
  }

  const first = await startEverything(folder, opened)
  expect(first.servers.length).toBeGreaterThan(1)
  await rollcall(folder, ['send', 'user.created', '--message-id', 'msg_1'])
  // A request that has begun and does not end, for which a stop waits.
  const { webhookUrl } = JSON.parse(await readFile(join(folder, '.rollcall', 'running.json'), 'utf8'))
  const slow = connect(Number(new URL(webhookUrl).port), '127.0.0.1').on('error', () => undefined)
  opened.defer(() => void slow.destroy())
  slow.write('POST /api/webhooks HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\n')
  await once(slow, 'data')
  first.command.child.kill('SIGINT')
  await until(() => first.command.output.stdout.includes('shutdown.started'), { ...PATIENCE, what: 'it is stopping' })
  first.command.child.kill('SIGINT')
  const { code, stdout } = await first.command.finished
  expect(code).toBe(1)
  expect(stdout).not.toContain('shutdown.overran')
  await untilGone(first.servers)

  const second = await startEverything(folder, opened)
  await until(async () => (await eventsOf()).includes('msg_1'), { ...PATIENCE, what: 'what was received is applied' })
  second.command.child.kill('SIGINT')
  expect(await second.command.finished).toMatchObject({ code: 0 })
  await untilGone(second.servers)
})

test('[E12] `start` whose Redis dies says so and stops the rest', async () => {
  await using opened = new AsyncDisposableStack()
  const folder = await folderToStartIn(opened)
  const { command, servers } = await startEverything(folder, opened)
  const redis = Number(await readFile(join(folder, '.rollcall', 'redis', 'redis.pid'), 'utf8'))
  expect(servers).toContain(redis)
  process.kill(redis, 'SIGKILL')
  const { code, stdout } = await command.finished
  expect(stdout).toMatch(/Redis has ended \(SIGKILL\)\. Its log is in \S+\. Stopping the rest\.\n/)
  expect(code).toBe(1)
  await untilGone(servers)
})
