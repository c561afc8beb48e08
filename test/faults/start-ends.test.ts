import { readFile } from 'node:fs/promises'
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
  first.command.child.kill('SIGINT')
  await until(() => first.command.output.stdout.includes('shutdown.started'), { ...PATIENCE, what: 'it is stopping' })
  first.command.child.kill('SIGINT')
  expect(await first.command.finished).toMatchObject({ code: 1 })
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
