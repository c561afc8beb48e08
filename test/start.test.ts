import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { removeEmbeddedPostgres } from '@rollcall/embedded/postgres'
import { removeEmbeddedRedis } from '@rollcall/embedded/redis'
import { until } from '@rollcall/testkit/wait'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { pathWithoutRedis } from './path-without-redis.ts'
import { type RunningCommand, rollcall, startRollcall } from './rollcall.ts'

let folder: string
let running: RunningCommand | undefined
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rollcall-test-start-'))
  // Open to all, or as root Postgres would run elsewhere [E5], and its processes would not name the folder.
  await chmod(folder, 0o755)
})
afterEach(async () => {
  running?.child.kill('SIGKILL')
  await running?.finished
  await removeEmbeddedPostgres(join(folder, '.rollcall', 'postgres'))
  await removeEmbeddedRedis(join(folder, '.rollcall', 'redis'))
  await rm(folder, { recursive: true, force: true })
})

/** Starts it, and resolves when the panel has been printed. */
async function start(variables: Record<string, string> = {}): Promise<string> {
  const command = startRollcall(folder, ['start'], { LOG_LEVEL: 'warn', ...variables })
  running = command
  const isUp = () => command.output.stdout.includes('Ctrl-C stops everything')
  await until(isUp, { timeoutMs: 60_000, what: 'the panel is printed' }).catch((cause) => {
    throw new Error(`${command.output.stdout}${command.output.stderr}`, { cause })
  })
  return command.output.stdout
}

/** Whatever runs from the folder: servers name it in their arguments. */
const processesOf = (path: string): readonly number[] =>
  readdirSync('/proc')
    .map(Number)
    .filter((pid) => Number.isInteger(pid) && pid !== process.pid && commandLine(pid).includes(path))

function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    return '' // it has ended meanwhile
  }
}

const settled = async (count: number) =>
  until(
    async () => {
      const { stdout } = await rollcall(folder, ['events', '--json'])
      const events = stdout
        .trim()
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line))
      return events.length >= count && events
    },
    { timeoutMs: 20_000, what: `${count} events are listed` },
  )

test('[E11] start runs everything; send, events and status reach it; Ctrl-C leaves nothing behind', async () => {
  const panel = await start()
  expect(panel).toMatch(/Endpoint +http:\/\/127\.0\.0\.1:\d+\/api\/webhooks/)
  expect(panel).toMatch(/Secret +whsec_/)
  expect(panel).toMatch(/psql 'postgres:\/\//)

  const sent = await rollcall(folder, ['send', 'user.created', '--id', 'user_1', '--message-id', 'msg_1'])
  expect(sent).toMatchObject({ code: 0, stdout: expect.stringContaining('queued as msg_1'), stderr: '' })
  expect(await settled(1)).toMatchObject([
    { id: 'msg_1', type: 'user.created', entity_id: 'user_1', outcome: 'applied' },
  ])

  const table = await rollcall(folder, ['events', '--entity', 'user_1', '--outcome', 'applied'])
  expect(table.stdout).toMatch(
    /^APPLIED AT +OUTCOME +HANDLER +TYPE +ENTITY +MESSAGE +ATTEMPTS +ERROR\n\S+ +applied +- +user\.created +user_1 +msg_1 +1\n$/,
  )
  const status = JSON.parse((await rollcall(folder, ['status', '--json'])).stdout)
  expect(status).toMatchObject({ queue: { waiting: 0, failed: 0 }, outcomes: { applied: 1, failed: 0 } })
  expect(status.handlers).toEqual({ waiting: 0, handled: 0, failed: 0 })

  const ofType = (type: string) => rollcall(folder, ['events', '--type', type])
  expect((await ofType('user.created')).stdout).toContain('msg_1')
  expect((await ofType('user.deleted')).stdout).toBe('There are no such events.\n')
  const readable = (await rollcall(folder, ['status'])).stdout
  expect(readable).toMatch(
    /^QUEUE \(\w+\) +JOBS\nwaiting +0\n[\s\S]*\nOUTCOME +EVENTS\napplied +1\n[\s\S]*median \d+ ms, highest \d+ ms\.\n$/,
  )
  expect(readable).not.toContain('HANDLER')
  expect(await rollcall(folder, ['doctor'])).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^✓ variables [\s\S]*\nAll is well\.\n$/),
  })
  expect(await rollcall(folder, ['migrate'])).toEqual({ code: 0, stdout: 'Schema clerk is up to date.\n', stderr: '' })

  const second = await rollcall(folder, ['start'])
  expect(second).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^Rollcall runs in this folder already, as process \d+\. Stop that first\.\n$/),
  })

  running!.child.kill('SIGINT')
  expect(await running!.finished).toMatchObject({ code: 0 })
  expect(processesOf(folder)).toEqual([])
}, 300_000) // a dozen commands, each a process of its own

test('[E1] [E11] what was received and the secret outlive a kill -9 of everything', async () => {
  const secretOf = (panel: string) => /Secret +(whsec_\S+)/.exec(panel)![1]
  const secret = secretOf(await start())
  await rollcall(folder, ['send', 'user.created', '--id', 'user_1'])
  await settled(1)

  running!.child.kill('SIGKILL')
  await running!.finished
  for (const pid of processesOf(folder)) process.kill(pid, 'SIGKILL')

  expect(secretOf(await start())).toBe(secret)
  expect(await settled(1)).toMatchObject([{ entity_id: 'user_1' }])
  await rollcall(folder, ['send', 'user.deleted', '--id', 'user_1'])
  expect(await settled(2)).toMatchObject([{ type: 'user.deleted', outcome: 'applied' }, { type: 'user.created' }])
})

test('[C4] a command that cannot do its work says why and what to do, and exits 1', async () => {
  const nowhere = { DATABASE_URL: 'postgres://nobody:secret@127.0.0.1:1/none' }
  for (const command of ['migrate', 'events', 'status', 'failed']) {
    const { code, stdout, stderr } = await rollcall(folder, [command], nowhere)
    expect([command, code, stdout]).toEqual([command, 1, ''])
    expect(stderr).toMatch(
      /^Postgres does not answer at DATABASE_URL\. Is it running\?.*\n {2}connect ECONNREFUSED 127\.0\.0\.1:1\n$/,
    )
    expect(stderr).not.toContain('secret')
  }
  const unsent = await rollcall(folder, ['send', 'user.created', '--url', 'http://127.0.0.1:1/x'], {
    CLERK_WEBHOOK_SIGNING_SECRET: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
  })
  expect(unsent).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^No receiver answers at http:\/\/127\.0\.0\.1:1\/x\./),
  })
})

test('[C4] a command that is called wrongly says what was probably meant, and exits 2', async () => {
  expect(await rollcall(folder, ['stat'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('Did you mean `start`?'),
  })
  const wrongType = await rollcall(folder, ['send', 'user.updatd'])
  expect(wrongType).toMatchObject({ code: 2, stderr: expect.stringContaining('Did you mean `user.updated`?') })
  expect(await rollcall(folder, ['send', 'robot.built'])).toEqual({
    code: 2,
    stdout: '',
    stderr:
      'There is no example of `robot.built`. The help lists the 46 that there are. See `pnpm rollcall send --help`.\n',
  })
  expect((await rollcall(folder, ['send', '--help'])).stdout).toMatch(
    /\nEvent types:\n {2}user +created, updated, deleted\n[\s\S]*\n {2}sms +created\n$/,
  )
  expect(await rollcall(folder, ['events', '--outcome', 'lost'])).toMatchObject({ code: 2, stdout: '' })
  expect(await rollcall(folder, ['events', '--handler', 'lost'])).toMatchObject({ code: 2, stdout: '' })
})

test('[E12] a server that dies is noticed, said, and the rest is stopped', async () => {
  await start()
  const [postgres] = processesOf(join(folder, '.rollcall', 'postgres'))
  process.kill(postgres!, 'SIGKILL')
  const { code, stdout } = await running!.finished
  expect(stdout).toMatch(/Postgres has ended \(SIGKILL\)\. Its log is in \S+\. Stopping the rest\.\n/)
  expect(code).toBe(1)
  expect(processesOf(folder)).toEqual([])
})

test('[E11] without a redis-server the queue lives in Postgres, and .env is read', async () => {
  const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
  await writeFile(join(folder, '.env'), `CLERK_WEBHOOK_SIGNING_SECRET=${secret}\nDATABASE_SCHEMA=members\n`)
  const panel = await start({ PATH: await pathWithoutRedis(folder) })
  expect(panel).toContain('Queue       in Postgres')
  expect(panel).toContain('Secret      as CLERK_WEBHOOK_SIGNING_SECRET says\n')
  expect(panel).not.toContain(secret)
  expect(panel).toContain('from members.users')
  await rollcall(folder, ['send', 'user.created', '--id', 'user_1'])
  expect(await settled(1)).toMatchObject([{ entity_id: 'user_1', outcome: 'applied' }])
})

test('[E9] two that are started together in two folders both run, on ports of their own', async () => {
  const elsewhere = join(folder, 'elsewhere')
  await mkdir(elsewhere)
  const commands = [folder, elsewhere].map((each) => startRollcall(each, ['start'], { LOG_LEVEL: 'warn' }))
  const panels = await Promise.all(
    commands.map(async ({ output }) => {
      const isUp = () => output.stdout.includes('Ctrl-C stops everything')
      await until(isUp, { timeoutMs: 60_000, what: 'both panels are printed' })
      return output.stdout
    }),
  ).finally(async () => {
    for (const { child } of commands) child.kill('SIGINT')
    await Promise.all(commands.map(({ finished }) => finished))
  })
  const ports = panels.map((panel) => [...panel.matchAll(/(?:127\.0\.0\.1|localhost):(\d+)/g)].map(([, port]) => port))
  expect(new Set(ports[0]).isDisjointFrom(new Set(ports[1]))).toBe(true)
})

test('[E9] a port that is asked for and taken is said, with what to do', async () => {
  const taken = createServer().listen(0)
  await once(taken, 'listening')
  const { port } = taken.address() as { port: number }
  try {
    const { code, stderr } = await rollcall(folder, ['start'], { PORT: String(port), LOG_LEVEL: 'silent' })
    expect({ code, stderr }).toEqual({ code: 1, stderr: `Port ${port} is taken. Free it, or set PORT to another.\n` })
    expect(processesOf(folder)).toEqual([])
  } finally {
    taken.close()
  }
})
